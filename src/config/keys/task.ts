/** Keys: algorithm and environment. */
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
      doc: 'Learning algorithm, or one per team. A team is all agents whose names differ only in the number at the end.',
    },
  ),
  env_name: choice(['mpe', 'custom', 'pettingzoo'], {
    default: 'mpe',
    doc: 'Environment family: particle environments (mpe), your own module (custom), or PettingZoo in Python (pettingzoo). See docs/custom-environments.md for the last two.',
  }),
  env_id: text({
    default: 'simple_spread_v3',
    doc: 'Environment. mpe: a name from `maddpg envs`. custom: a module, either a path relative to the configuration file (./my-env.mjs) or a package. pettingzoo: a Python module with parallel_env, such as mpe2.simple_spread_v3.',
  }),
  env_options: mapping({
    default: {},
    example: { N: 5 },
    doc: 'Environment options, such as N (number of agents) or max_cycles (episode length). `maddpg envs ID` lists them.',
  }),
  continuous_action: flag({
    default: true,
    doc: 'Continuous (Box) actions; false: discrete. For mpe only, other environments have their own.',
  }),
  python: text({
    default: 'python3',
    doc: 'Python interpreter for env_name pettingzoo, a name or a path.',
  }),
  python_timeout: number({
    default: 60,
    above: 0,
    max: 86_400,
    unit: 'seconds',
    doc: 'Time limit for Python to load the environment, and for each step of all environments.',
  }),
};
