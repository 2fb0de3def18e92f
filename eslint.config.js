// Lint: strict typed rules, plus the two promises that no review should have to check by eye:
// who may import whom (ARCHITECTURE.md), and that no result depends on the clock or on Math.random.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The folders under src/ that a stage must not import. */
const forbidden = (folders) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [{ group: folders.map((f) => `**/${f}/**`), message: 'see ARCHITECTURE.md: Import rules' }],
    },
  ],
});
const stages = [
  ...['core', 'config', 'envs', 'engine', 'metrics', 'checkpoint', 'ensemble', 'replay', 'optim', 'policy'],
  ...[
    'learners',
    'rollout',
    'evaluate',
    'train',
    'run',
    'export',
    'import',
    'player',
    'bench',
    'library',
    'report',
    'sweep',
    'cli',
  ],
];
const allowOnly = (...allowed) => forbidden(stages.filter((s) => !allowed.includes(s)));
const only = (stage, ...allowed) => ({ files: [`src/${stage}/**`], rules: allowOnly(stage, ...allowed) });

/** Functions of Math that engines may round differently: results would depend on the version of Node. */
const inexact = [
  ...[
    'acos',
    'acosh',
    'asin',
    'asinh',
    'atan',
    'atan2',
    'atanh',
    'cbrt',
    'cos',
    'cosh',
    'exp',
    'expm1',
    'hypot',
  ],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
].map((property) => ({ object: 'Math', property, message: 'not the same on every engine: core/math.ts' }));
const fromClock = [
  { object: 'Math', property: 'random', message: 'results come from seeded streams: core/random.ts' },
  { object: 'Date', property: 'now', message: 'a result must not depend on the clock' },
  { object: 'performance', property: 'now', message: 'a result must not depend on the clock' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'runs/', 'coverage/', 'src/engine/wasm/assembly/'] },
  js.configs.recommended,
  { files: ['**/*.{ts,tsx}'], extends: [tseslint.configs.strictTypeChecked] },
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A typed-array index inside its bounds is never undefined; `!` says so without cost.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', TextEncoder: 'readonly' },
    },
  },
  {
    files: ['examples/*.mjs'],
    languageOptions: { globals: { TextEncoder: 'readonly', TextDecoder: 'readonly' } },
  },
  {
    files: ['examples/page/*.js'],
    languageOptions: {
      globals: {
        URLSearchParams: 'readonly',
        location: 'readonly',
        fetch: 'readonly',
        postMessage: 'readonly',
      },
    },
  },
  only('core'),
  only('config', 'core'),
  only('envs', 'core'),
  only('engine', 'core'),
  only('metrics', 'core'),
  only('checkpoint', 'core'),
  only('optim', 'core', 'engine'),
  only('ensemble', 'core', 'engine'),
  only('replay', 'core', 'ensemble'),
  only('policy', 'core', 'engine', 'ensemble'),
  only('learners', 'core', 'engine', 'policy', 'optim', 'config', 'replay', 'ensemble'),
  only('rollout', 'core', 'envs', 'policy', 'replay', 'ensemble'),
  only('evaluate', 'core', 'envs', 'policy', 'ensemble'),
  {
    files: ['src/train/**'],
    rules: forbidden(['run', 'export', 'import', 'player', 'bench', 'library', 'report', 'sweep', 'cli']),
  },
  {
    files: ['src/run/**'],
    rules: forbidden(['export', 'import', 'player', 'library', 'report', 'sweep', 'cli']),
  },
  { files: ['src/bench/**'], rules: forbidden(['export', 'import', 'library', 'report', 'sweep', 'cli']) },
  only('export', 'core', 'engine', 'policy', 'checkpoint'),
  only('import', 'core', 'config', 'engine', 'policy', 'checkpoint', 'train', 'run'),
  only('player', 'core', 'envs', 'engine', 'policy', 'config', 'evaluate', 'run'),
  { files: ['src/library/**'], rules: forbidden(['export', 'import', 'bench', 'report', 'sweep', 'cli']) },
  only('report', 'core', 'envs', 'metrics', 'evaluate'),
  only(
    'sweep',
    'core',
    'config',
    'checkpoint',
    'metrics',
    'envs',
    'evaluate',
    'train',
    'run',
    'bench',
    'report',
  ),
  {
    files: ['studio/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/src/*', '!**/src/browser.ts'],
              message: 'the studio is built on maddpg/browser alone',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.test.ts'],
    ignores: ['test/cli/**', 'test/envs/pettingzoo/**', 'test/reliability/**', 'test/**/*.slow.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        ...['node:child_process', 'node:worker_threads'].map((name) => ({
          name,
          message: 'npm run test:fast starts no processes: name the file *.slow.test.ts',
        })),
      ],
    },
  },
  {
    files: ['src/**'],
    rules: {
      'no-restricted-properties': ['error', ...inexact],
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "BinaryExpression[operator='**']:not([right.type='Literal'], [right.argument.type='Literal'])",
          message: 'not the same on every engine: pow or powerOfTwo of core/math.ts',
        },
      ],
    },
  },
  {
    files: ['src/{core,envs,ensemble,rollout,replay,engine,policy,learners,optim,evaluate}/**'],
    rules: { 'no-restricted-properties': ['error', ...fromClock, ...inexact] },
  },
);
