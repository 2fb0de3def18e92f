// Returns of random and scripted policies, as the tables of docs/environments.md. Takes some minutes:
//
//   npm run build && node scripts/scripted-returns.js [EPISODES]
//
// Deterministic: the same number of episodes gives the same text.
import { scriptedController } from '../dist/envs/mpe/controllers/scripted.js';
import { environmentIds, makeVectorEnv } from '../dist/envs/registry.js';
import { sidesOf } from '../dist/envs/sides.js';
import { randomActor, sideActor } from '../dist/evaluate/actors.js';
import { episodeReturns } from '../dist/evaluate/play.js';
import { summarize } from '../dist/evaluate/returns.js';

const EPISODES = Number(process.argv[2] ?? 1000);
const SEED = 0;

/** `−12.3 ± 4.5` for each team in turn, over EPISODES episodes. */
function returns(env, actor, teams) {
  const { per_team } = summarize(env.spec, episodeReturns(env, actor, EPISODES, SEED));
  const shown = (team) => `${number(per_team[team].mean)} ± ${number(per_team[team].std)}`;
  const several = Object.keys(per_team).length > 1;
  return teams.map((team) => (several ? `${team} ${shown(team)}` : shown(team))).join(', ');
}

const number = (x) => (Math.abs(x) < 0.05 ? 0 : x).toFixed(1).replace('-', '−');

function table(head, rows) {
  console.log(
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n') + '\n',
  );
}

function players(id, continuous_actions) {
  const env = makeVectorEnv(id, { continuous_actions }, 1);
  return { env, scripted: scriptedController(id, env.spec, {}), random: () => randomActor(env.spec, SEED) };
}

const teamsOf = (env) => [...new Set(env.spec.agents.map(({ team }) => team))];

table(
  ['scenario', 'random, continuous', 'scripted, continuous', 'random, discrete', 'scripted, discrete'],
  environmentIds().map((id) => [
    `\`${id}\``,
    ...[true, false].flatMap((continuous) => {
      const { env, scripted, random } = players(id, continuous);
      return [random(), scripted].map((actor) => returns(env, actor, teamsOf(env)));
    }),
  ]),
);

// One team of each side. Its others have the same return, but for the leader's own distance in simple_world_comm.
table(
  ['scenario', 'both random', 'first scripted', 'second scripted', 'both scripted'],
  environmentIds().flatMap((id) =>
    [true, false].flatMap((continuous) => {
      const { env, scripted, random } = players(id, continuous);
      const sides = sidesOf(env);
      if (sides.length === 1) return [];
      const mixed = (...actors) => sideActor(env.spec, sides, actors);
      const cell = (actor) => returns(env, actor, [sides[0].teams.at(-1), sides[1].teams[0]]);
      return [
        [
          `\`${id}\`, ${continuous ? 'continuous' : 'discrete'}`,
          cell(random()),
          cell(mixed(scripted, random())),
          cell(mixed(random(), scripted)),
          cell(mixed(scripted, scripted)),
        ],
      ];
    }),
  ),
);
