import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { WasmEngine } from '../../src/engine/wasm/engine.ts';
import { nodeHost } from '../../src/engine/wasm/host-node.ts';
import type { LinearMemory } from '../../src/engine/wasm/memory.ts';
import { openChecked } from '../../src/run/train.ts';
import { buildLearner, emptyPolicy } from '../../src/train/build.ts';
import { wasmBytes } from '../../src/train/memory.ts';

const wide = { actor_hidden_size: [512, 512], critic_hidden_size: [512, 512] };

/** Configurations, and by how much their real need may exceed the bound. */
const CASES: readonly (readonly [string, Readonly<Partial<Config>>, number])[] = [
  ['the defaults', {}, 1.5],
  ['wide layers', wide, 1.2],
  ['layers of 3000', { actor_hidden_size: [3000], critic_hidden_size: [3000, 3000], batch_size: 1 }, 1.1],
  ['twenty layers', { actor_hidden_size: new Array<number>(20).fill(128) }, 1.3],
  ['no hidden layers', { actor_hidden_size: [], critic_hidden_size: [], batch_size: 1 }, 20],
  ['large batches', { batch_size: 20_000 }, 1.5],
  ['many environments', { parallels: 20_000 }, 1.5],
  ['MATD3', { ...wide, agent: 'MATD3' }, 1.3],
  ['IDDPG by agent', { ...wide, agent: 'IDDPG', use_parameter_sharing: false }, 1.2],
  ['ISAC', { ...wide, agent: 'ISAC' }, 1.3],
  ['MASAC', { ...wide, agent: 'MASAC' }, 1.5],
  ['policy ensembles', { ensemble_size: 4, use_parameter_sharing: false }, 5],
  ['team critics', { critic_reward: 'team', identity_embedding_mode: 'none', env_options: { N: 6 } }, 1.5],
  ['inferred policies', { infer_policies: true, use_parameter_sharing: false }, 5],
  ['LayerNorm and dropout', { normalize: 'LayerNorm', dropout: 0.1 }, 8],
  ['discrete actions', { continuous_action: false }, 1.5],
  ['recurrent policies', { use_rnn: true }, 2.5],
  ['recurrent LSTMs', { use_rnn: true, rnn: 'LSTM', N_recurrent_layers: 2, agent: 'MATD3' }, 3],
  ['sequences', { use_rnn: true, sequence_length: 10, burn_in: 5 }, 3],
  ['twenty agents', { env_options: { N: 20 }, use_parameter_sharing: false }, 1.3],
];

describe('the lower bound of the memory of the wasm engine', () => {
  it.each(CASES)('is below what %s take, and near it', async (_, keys, factor) => {
    const buffer_size = keys.use_rnn ? 100 : 160_000;
    const { config, ...loaded } = loadConfig({ keys: { ...keys, buffer_size } });
    const environments = await openChecked({ config, ...loaded });
    const { spec } = environments.evaluation;
    for (const threads of [1, 2]) {
      const engine = await WasmEngine.create(nodeHost, threads);
      const policy = emptyPolicy(config, spec, engine);
      const obs = new Float32Array(config.parallels * spec.obsTotal);
      policy.act(obs, 'online', undefined, undefined, policy.states(config.parallels));
      const learner = buildLearner(config, policy);
      const { batch_size, episode_length, sequence_length, burn_in } = config;
      const burnIn = sequence_length === null ? undefined : burn_in;
      if (config.use_rnn) learner.episodes(batch_size, sequence_length ?? episode_length, false, burnIn);
      else learner.batches(config.batch_size);
      const { memory } = (policy.store as unknown as { memory: LinearMemory }).memory;
      const bound = wasmBytes(config, spec, threads);
      expect(bound).toBeLessThanOrEqual(memory.buffer.byteLength);
      expect(bound * factor).toBeGreaterThan(memory.buffer.byteLength);
      engine.dispose();
    }
    environments.close();
  });
});
