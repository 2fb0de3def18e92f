// Writes docs/results.md and its figures from the raw results.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { meanOf } from '../../dist/evaluate/returns.js';
import { improvements, statisticsOf } from '../../dist/report/scores.js';
import { interquartileMean } from '../../dist/report/stats.js';
import { curveFigure, profileFigure } from './figures.js';
import { headsOf } from './heads.js';
import { FOLDER, readCross, readRaw } from './raw.js';
import { ablationsOf, against, contestantsOf, measuresOf, SETTINGS, variantsOf } from './statistics.js';
import { commandsOf, taskOf, TASKS } from './tasks.js';

const PAGE = join(FOLDER, '..', 'results.md');
const README = join(FOLDER, '..', '..', 'README.md');
const BETWEEN = /(<!-- results -->)[^]*(<!-- end of results -->)/;
const BRIEF = [
  ...['simple_spread', 'simple_spread_best', 'simple_spread_plain', 'simple_spread_discrete'],
  ...['simple_speaker_listener', 'simple_reference'],
];
/** What the page says before its numbers. */
const ABOUT = join(import.meta.dirname, 'about.md');

const shown = (x, digits = 2) =>
  (Math.abs(x) < 0.5 * 10 ** -digits ? 0 : x).toFixed(digits).replace('-', '−');
const count = (n) => n.toLocaleString('en-US');
const intervalOf = ({ interval }) => (interval ? `${shown(interval[0])} to ${shown(interval[1])}` : '–');

/** @param {readonly string[]} head right-aligned if it begins with a space @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
  const rule = head.map((cell) => (cell.startsWith(' ') ? '--:' : '---'));
  return [head.map((cell) => cell.trim()), rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Writes the page, its figures and the heads of the configurations. */
export async function writePage() {
  for (const [file, text] of Object.entries(await filesOf())) writeFileSync(file, text);
}

/** All that follows from the raw results: text by file. */
export async function filesOf() {
  const tasks = TASKS.filter(({ name }) => readRaw(name).some(({ part }) => part === 'ours'));
  const figures = {};
  const page = [
    '<!-- Written by npm run results from docs/results/; do not edit. -->',
    readFileSync(ABOUT, 'utf8').trimEnd(),
    '## Our settings',
    summary(tasks),
    ...comparison(tasks, figures),
    ...tasks.flatMap((task) => section(task, figures)),
    ...ablations(tasks),
    ...memory(tasks),
  ].join('\n\n');
  const drawn = Object.entries(figures).map(([name, svg]) => [join(FOLDER, name), svg]);
  const text = await formatted(PAGE, page);
  const readme = await formatted(
    README,
    readFileSync(README, 'utf8').replace(BETWEEN, `$1\n\n${brief()}\n\n$2`),
  );
  return { ...Object.fromEntries(drawn), ...headsOf(tasks), [PAGE]: text, [README]: readme };
}

async function formatted(file, markdown) {
  return format(markdown, { ...(await resolveConfig(file)), parser: 'markdown' });
}

/** README's table: cooperative tasks, whose returns speak for themselves. */
function brief() {
  const rows = BRIEF.flatMap((name) => {
    const { agent, config } = taskOf(name);
    const [measure] = measuresOf(name);
    const of = (setting) => measure?.rows.find((row) => row.setting === setting)?.statistics.mean;
    const { statistics } = measure?.rows.find(({ setting }) => setting === agent) ?? {};
    if (!statistics) return [];
    const [time] = readRaw(name).filter(({ part }) => part === 'time');
    return [
      [
        ...[`\`${config}\``, count(stepsOf(name)), time ? `${Math.round(time.seconds)} s` : '–'],
        `${shown(statistics.mean)} (${shown(statistics.worst)}, ${shown(statistics.best)})`,
        ...[shown(of('scripted'), 1), shown(of('random'), 1)],
      ],
    ];
  });
  return table(['`--config`', ' steps', ' time', ' return (worst, best seed)', ' scripted', ' random'], rows);
}

/** Steps of our runs. @param {string} name of a task */
const stepsOf = (name) => readRaw(name).find(({ part }) => part === 'ours').steps;

/** Our settings in every task. */
function summary(tasks) {
  const rows = tasks.flatMap(({ name, agent }) =>
    measuresOf(name).flatMap(({ side, rows: settings }) => {
      const { statistics, score } = settings.find(({ setting }) => setting === agent) ?? {};
      if (!statistics) return [];
      const [time] = readRaw(name).filter(({ part }) => part === 'time');
      return [
        [
          ...[`[${name}](#${name})${side ? `, ${side}` : ''}`, count(stepsOf(name))],
          ...[time ? `${Math.round(time.seconds)} s` : '–', shown(statistics.mean), intervalOf(statistics)],
          ...[shown(statistics.worst), shown(score)],
        ],
      ];
    }),
  );
  return table(['task', ' steps', ' time', ' mean', ' 95 % interval of the IQM', ' worst', ' score'], rows);
}

/** MADDPG beside the other settings that every task has. */
function comparison(tasks, figures) {
  const measures = tasks.flatMap(({ name, parts }) => (parts.includes('algorithms') ? measuresOf(name) : []));
  const contestants = contestantsOf(measures);
  if (contestants.length < 2) return [];
  figures['profile.svg'] = profileFigure(contestants);
  const [ours, ...others] = contestants;
  const rows = improvements(ours, others).map(({ y, probability, interval }) => [
    ...[y.label, shown(probability), `${shown(interval[0])} to ${shown(interval[1])}`],
  ]);
  const names = measures.map(({ task, side }) => (side ? `${task} (${side})` : task)).join(', ');
  return [
    '## All tasks together',
    `Normalised scores of all runs in ${names}.`,
    '![Performance profiles](results/profile.svg)',
    'Probability that a run of MADDPG scores above a run of another setting, over tasks:',
    table(['MADDPG above', ' probability', ' 95 % interval'], rows),
  ];
}

/** @param {import('./tasks.js').Task} task */
function section(task, figures) {
  const { name, opposed } = task;
  if (!opposed) figures[`${name}.svg`] = curveFigure(name);
  const measures = measuresOf(name);
  const lines = readRaw(name);
  const runsOf = (setting) => lines.filter((line) => line.setting === setting && line.seed !== undefined);
  const tables = measures.flatMap(({ side, rows }) => [
    ...(side ? [`**${side}** against scripted opponents:`] : []),
    table(
      ['setting', ' seeds', ' IQM', ' 95 % interval', ' mean', ' worst', ' best', ' score', ' steps', ' s'],
      rows.map(({ setting, scores, statistics, score }) => {
        const runs = runsOf(setting);
        const { mean, iqm, worst, best } = statistics;
        const several = scores.length > 1;
        return [
          ...[SETTINGS[setting], runs.length > 0 ? `${scores.length}` : '', several ? shown(iqm) : ''],
          ...[several ? intervalOf(statistics) : '', shown(mean), several ? shown(worst) : ''],
          ...[several ? shown(best) : '', shown(score)],
          ...(runs.length > 0
            ? [count(runs[0].steps), `${Math.round(Math.min(...runs.map(({ seconds }) => seconds)))}`]
            : ['', '']),
        ];
      }),
    ),
  ]);
  const teams = teamTable(lines);
  return [
    `## ${name}`,
    ...tables,
    ...(opposed ? crossTables(name) : [`![Learning curves](results/${name}.svg)`]),
    ...(teams ? ['Return by team among those who trained together, mean over seeds:', teams] : []),
    commandBlock(commandsOf(task).filter(([setting]) => lines.some((line) => line.setting === setting))),
  ];
}

/** @param {ReturnType<typeof commandsOf>} commands */
function commandBlock(commands) {
  const lines = commands.map(([setting, command]) => `${command} # ${SETTINGS[setting]}`);
  return `<details><summary>Commands of the first seed</summary>\n\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n\n</details>`;
}

/** Return by team where allies of several teams earn differently, or opponents train together. */
function teamTable(lines) {
  const rows = Object.keys(SETTINGS).flatMap((setting) => {
    const own = lines.filter((line) => line.setting === setting && line.teams);
    return own.length === 0 ? [] : [{ setting, own }];
  });
  const teams = Object.keys(rows[0]?.own[0].teams ?? {});
  if (teams.length < 2) return undefined;
  const mean = (own, team) => meanOf(own.map((line) => line.teams[team]));
  return table(
    ['setting', ...teams.map((team) => ` ${team}`)],
    rows.map(({ setting, own }) => [SETTINGS[setting], ...teams.map((team) => shown(mean(own, team)))]),
  );
}

/** Each side's players against everybody's. @param {string} name */
function crossTables(name) {
  const { episodes, sides } = readCross(name) ?? { sides: [] };
  return sides.flatMap((side) => {
    const settings = Object.keys(SETTINGS).filter((one) =>
      side.players.some(({ setting }) => setting === one),
    );
    return [
      `Return of **${side.side}** (row) against the other side (column), interquartile mean over pairs of seeds, ${episodes} episodes each:`,
      table(
        ['', ...settings.map((one) => ` ${SETTINGS[one]}`)],
        settings.map((own) => [
          SETTINGS[own],
          ...settings.map((other) => shown(against(side, own, other), 1)),
        ]),
      ),
    ];
  });
}

/** What the tables of ablations come to. Written by hand: read it again when they change. */
const FOUND = [
  'In simple_spread, symmetries are worth most, then updates: a quarter of them costs 4, twice as many gain 0.2. A horizon that fits (`gamma`), `n_step` above 1 and shared networks matter too, and with a `tau` of 0.001 one seed failed. LayerNorm earns less, as may prioritised replay. Over five seeds, ids, ids with each agent’s own reward, action regularisation, observation normalisation and an `n_step` of 5 make no difference. Ensembles and inferred policies, compared without symmetries, earn no more.',
  'In simple_tag, the agent loses most with a quarter of the updates, a `gamma` of 0.99 or an `n_step` of 1, and gains 4 with twice the updates; symmetries are worth 5 to it, action regularisation 4. A `gamma` of 0.8 gains it 3, but halves what the adversaries earn. Otherwise the adversaries’ seeds differ too much to tell: only a quarter of the updates, a `gamma` of 0.99, an `n_step` of 1 and no action regularisation have seeds that hardly learn. Prioritised replay costs the agent 3, and an ensemble 9, compared without symmetries; LayerNorm may gain it 3. Inferred policies, separate networks, ids and observation normalisation make no difference. Teammates get the same reward, so each agent’s own differs from the team’s by its ids alone.',
  'So ids, observation normalisation, prioritised replay, ensembles and inferred policies help in neither.',
].join('\n\n');

/** What each key does, switched alone. */
function ablations(tasks) {
  const parts = tasks.flatMap(({ name }) =>
    ablationsOf(name).flatMap(({ side, rows }) => [
      `### ${name}${side ? `, ${side}` : ''}`,
      table(
        ['change', ' IQM', ' 95 % interval', ' mean', ' worst', ...(side ? [' against ours'] : []), ' s'],
        rows.map(({ label, scores, seconds, ours }) => {
          const { iqm, mean, worst, ...statistics } = statisticsOf(scores);
          return [
            ...[label, shown(iqm), intervalOf(statistics), shown(mean), shown(worst)],
            ...(side ? [shown(interquartileMean([ours]))] : []),
            `${Math.round(Math.min(...seconds))}`,
          ];
        }),
      ),
    ]),
  );
  if (parts.length === 0) return [];
  const about =
    'One change to our settings at a time, for all teams; between opponents against scripted ones, and on average against those that our settings trained.';
  return ['## What helps', about, FOUND, ...parts];
}

/** What recurrent policies are good for. */
function memory(tasks) {
  const rows = tasks.flatMap(({ name }) =>
    variantsOf(name, 'memory').map(({ side, label, scores, steps, seconds }) => {
      const { iqm, mean, worst, ...statistics } = statisticsOf(scores);
      return [
        ...[
          side ? `${name}, ${side}` : name,
          label,
          `${scores.length}`,
          shown(iqm),
          intervalOf(statistics),
          shown(mean),
          shown(worst),
        ],
        ...[count(steps), `${Math.round(Math.min(...seconds))}`],
      ];
    }),
  );
  if (rows.length === 0) return [];
  const about =
    'Recurrent actors beside feed-forward ones ([sweeps](../configs/sweeps/memory)); critics are feed-forward; runs trained two at a time. In simple_spread and simple_tag, velocities are hidden from actors (`env_options: { hide_velocity: true }`), and from critics too unless they see them (`use_global_state: true`); returns in simple_tag are those against scripted opponents, which still saw velocities when this was measured. Feed-forward actors learn from n-step returns in all four, which recurrent ones cannot. In simple_spread, recurrent actors earn more in as many steps and in as many seconds, if critics see velocities. In simple_tag, recurrent adversaries earn less; for the agent the intervals overlap. Where nothing is hidden, recurrent actors earn more after 200,000 steps, but feed-forward ones earn more still after 600,000, which take a third to half of the time.';
  const head = ['task', 'policies', ' seeds', ' IQM', ' 95 % interval', ' mean', ' worst', ' steps', ' s'];
  return ['## Memory', about, table(head, rows)];
}
