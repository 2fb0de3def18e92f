/** Checkpoints that XuanCe wrote, and what it did next with each (record_xuance.py). */
import * as path from 'node:path';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { loadConfig } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/resolve.ts';
import type { AlgorithmName } from '../../src/config/keys/task.ts';
import { unpack } from '../golden/learner-case.ts';

export const DATA = path.join(import.meta.dirname, 'data');

type Packed = Parameters<typeof unpack>[0];

export interface XuanceCase {
  readonly agent: AlgorithmName;
  readonly shared: boolean;
  readonly normalize: boolean;
  /** [rows, N, SO / N] */
  readonly obs: Packed;
  /** Greedy actions for obs, [rows, N, SA / N] */
  readonly actions: Packed;
  /** The sample of the next update: [B, N, width] and [B, N] */
  readonly batch: Readonly<
    Record<'obs' | 'obs_next' | 'actions' | 'rewards' | 'terminals' | 'agent_mask', Packed>
  >;
  /** Draws of soft actors: on obs, then on obs_next, each for all models in order. */
  readonly eps: readonly Packed[];
  readonly info: Readonly<Record<string, number>>;
  /** XuanCe's state_dict after the update. */
  readonly after: Readonly<Record<string, Packed>>;
  /** By model key, after the update. */
  readonly log_alpha: Readonly<Record<string, number>>;
}

export const CASES = JSON.parse(
  gunzipSync(readFileSync(path.join(DATA, 'expected.json.gz'))).toString(),
) as Readonly<Record<string, XuanceCase>>;

/** A recurrent agent that plays episodes. */
export interface RecurrentCase {
  readonly agent: AlgorithmName;
  readonly shared: boolean;
  readonly rnn: 'GRU' | 'LSTM';
  /** [episodes, steps, N, SO / N] */
  readonly obs: Packed;
  /** Greedy, [episodes, steps, N, SA / N] */
  readonly actions: Packed;
}

export const RECURRENT_CASES = JSON.parse(
  gunzipSync(readFileSync(path.join(DATA, 'recurrent.json.gz'))).toString(),
) as Readonly<Record<string, RecurrentCase>>;

export const checkpointOf = (name: string): string => path.join(DATA, `${name}.pth`);

/** The configuration that record_xuance.py trained with. */
export function configOf(
  {
    agent,
    shared,
    normalize = false,
    rnn,
  }: Pick<XuanceCase, 'agent' | 'shared'> & {
    readonly normalize?: boolean;
    readonly rnn?: RecurrentCase['rnn'];
  },
  keys: Readonly<Record<string, unknown>> = {},
): LoadedConfig {
  return loadConfig({
    flags: {
      ...{ agent, env_id: 'simple_spread_v3', env_options: { N: 2 }, continuous_action: true },
      ...{ use_parameter_sharing: shared, normalize: normalize ? 'LayerNorm' : 'none' },
      ...{ actor_hidden_size: [8, 8], critic_hidden_size: [12], activation: 'leaky_relu' },
      ...{ activation_action: 'sigmoid', gamma: 0.95, tau: 0.01 },
      ...{ learning_rate_actor: 0.001, learning_rate_critic: 0.002, end_factor_lr_decay: 0.5 },
      ...{ running_steps: 2000, start_training: 100, training_frequency: 10, n_epochs: 1, parallels: 2 },
      ...{ buffer_size: 100, batch_size: 8, use_grad_clip: true, grad_clip_norm: 0.5 },
      ...(agent === 'MATD3' && { actor_update_delay: 2, target_noise: 0 }),
      ...(rnn && {
        use_rnn: true,
        rnn,
        fc_hidden_sizes: [7],
        recurrent_hidden_size: 6,
        N_recurrent_layers: 2,
      }),
      ...keys,
    },
  });
}
