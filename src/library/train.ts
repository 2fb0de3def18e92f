/** train(): trains from a program. */
import type { Config } from '../config/keys.ts';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../core/user-error.ts';
import { ALGORITHMS, type AlgorithmTable } from '../learners/registry.ts';
import { resumeRun, startRun, type RunOptions } from '../run/train.ts';
import type { TrainSummary } from '../train/summary.ts';
import { environmentSource, type EnvironmentSource } from './environment-source.ts';

/** Any configuration keys; `agent` may also name algorithms in `options.algorithms`. */
export type TrainConfig = Omit<Partial<Config>, 'agent'> & {
  readonly agent?: Config['agent'] | (string & {}) | Readonly<Record<string, string>>;
};

/** Options of train(), besides configuration keys. */
export interface TrainOptions extends Omit<RunOptions, 'environments'> {
  /** Resumes this run or checkpoint. `config` then holds the keys to change. */
  readonly resume?: string;
  /** The environment, instead of env_name and env_id: a factory function or one object. */
  readonly environment?: EnvironmentSource;
  /** Additional algorithms, by the name that `agent` uses. */
  readonly algorithms?: AlgorithmTable;
}

/**
 * Trains and writes a run directory in `model_dir`; omitted keys take their defaults. Warnings go to `onWarning`, by default
 * process.emitWarning. Throws UserError naming the faulty key.
 */
export async function train(config: TrainConfig, options: TrainOptions = {}): Promise<TrainSummary> {
  const { resume, environment, algorithms, ...rest } = options;
  const table = { ...ALGORITHMS, ...algorithms };
  const source = environment && environmentSource(environment);
  // `agent` is checked against the table, not the schema.
  const keys = { ...source?.keys, ...config } as Partial<Config>;
  if (source && (keys.env_name !== 'custom' || keys.env_id !== source.keys.env_id))
    throw new UserError(
      'config: env_name and env_id: expected none with options.environment, got ' +
        `${String(config.env_name)} and ${String(config.env_id)}; leave them out`,
    );
  const run: RunOptions = {
    onWarning: (line) => {
      process.emitWarning(line, 'maddpg');
    },
    ...rest,
    algorithms: table,
    environments: source?.open,
  };
  if (resume !== undefined) return resumeRun(resume, { keys }, run);
  return startRun(loadConfig({ keys, agents: Object.keys(table) }), run);
}
