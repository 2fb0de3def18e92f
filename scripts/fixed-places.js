// What agents that do not see each other earn in simple_formation and simple_line if each has a place of its own:
//
//   npm run build && node scripts/fixed-places.js [EPISODES]
//
// The scripted controllers see everybody and choose who goes where: trained policies cannot be expected to reach them.
import { pair, steer } from '../dist/envs/mpe/controllers/controller.js';
import { makeVectorEnv } from '../dist/envs/registry.js';
import { episodeReturns } from '../dist/evaluate/play.js';
import { summarize } from '../dist/evaluate/returns.js';

const EPISODES = Number(process.argv[2] ?? 500);

/** Where agent i of n belongs, relative to itself; `landmark` gives that of a landmark. */
const PLACES = {
  simple_formation_v1: (i, n, landmark) => {
    const [x, y] = landmark(0);
    const angle = ((i + 0.5) * 2 * Math.PI) / n;
    return [x + 0.5 * Math.cos(angle), y + 0.5 * Math.sin(angle)];
  },
  simple_line_v1: (i, n, landmark) => {
    const [[ax, ay], [bx, by]] = [landmark(0), landmark(1)];
    const share = i / (n - 1);
    return [ax + share * (bx - ax), ay + share * (by - ay)];
  },
};

for (const [id, place] of Object.entries(PLACES)) {
  const env = makeVectorEnv(id, { continuous_actions: true }, 1);
  const { spec } = env;
  const actor = (obs, actions) => {
    spec.agents.forEach((_, i) => {
      const landmark = (l) => pair(spec, obs, i, 4 + 2 * l);
      steer(spec, i, place(i, spec.agents.length, landmark), pair(spec, obs, i, 0), actions);
    });
  };
  const { mean, std } = summarize(spec, episodeReturns(env, actor, EPISODES, 0));
  console.log(`${id} ${mean.toFixed(2)} ± ${std.toFixed(2)}`);
}
