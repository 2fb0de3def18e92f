/** Keys of the configuration. What is learned: the algorithm and the environment. The table is put together in ../keys.ts. */
import { choice, choices, either, flag, mapping, number, text } from '../key-types.ts';

/** Algorithms; learners/registry.ts has one for each. */
const ALGORITHM_NAMES = ['MADDPG', 'MATD3', 'IDDPG', 'ISAC', 'MASAC'] as const;
export type AlgorithmName = (typeof ALGORITHM_NAMES)[number];

export const task = {
  agent: either<AlgorithmName | Readonly<Record<string, AlgorithmName>>>(
    [
      choice(ALGORITHM_NAMES, { default: 'MADDPG', doc: '' }),
      choices(ALGORITHM_NAMES, { default: {}, doc: '' }),
    ],
    {
      default: 'MADDPG',
      expected: `one of ${ALGORITHM_NAMES.join(', ')}, or a mapping of teams to them`,
      example: { adversary: 'IDDPG', agent: 'MADDPG' },
      doc: 'The learning algorithm, or one for each team: agents of a team have equal names but for the number at the end.',
    },
  ),
  env_name: choice(['mpe', 'custom', 'pettingzoo'], {
    default: 'mpe',
    doc: "The family of environments: the particle world's own ones, one of yours (docs/custom-environments.md), or one of PettingZoo's in Python.",
  }),
  env_id: text({
    default: 'simple_spread_v3',
    doc: 'The environment. With mpe, `maddpg envs` lists them with their agents and options; with custom, a module: a path from the configuration file such as ./my-env.mjs, or a package; with pettingzoo, a Python module with parallel_env such as mpe2.simple_spread_v3.',
  }),
  env_options: mapping({
    default: {},
    example: { N: 5 },
    doc: 'Options of the environment, such as N (number of agents) or max_cycles (steps in an episode). `maddpg envs ID` lists what an environment takes.',
  }),
  continuous_action: flag({
    default: true,
    doc: 'Continuous (Box) actions; false gives the discrete ones. Only mpe has both.',
  }),
  python: text({
    default: 'python3',
    doc: 'Python interpreter in which environments of env_name pettingzoo run: a name or a path.',
  }),
  python_timeout: number({
    default: 60,
    above: 0,
    max: 86_400,
    unit: 'seconds',
    doc: 'Longest time that Python may take to load the environment, or for one step of all environments, before the run is given up.',
  }),
};
