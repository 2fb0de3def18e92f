import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { createEngine } from '../../src/engine/registry.ts';
import {
  exportedPolicy,
  stateWidths,
  tensorsOf,
  type DenseLayer,
  type ExportedModel,
  type ExportedPolicy,
} from '../../src/export/exported-policy.ts';
import { encodeNpz } from '../../src/export/npy.ts';
import { buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const spec = jointSpec(
  ['cat_0', 'cat_1'].map((name) => ({
    ...{ name, team: 'cat', obsWidth: 2, actWidth: 1 },
    ...{ actionKind: 'box' as const, actionLow: -1, actionHigh: Infinity },
  })),
);
const ORIGIN = { maddpg: '1', agent: 'X', env_name: 'mpe', env_id: 'x', step: 3, weights: null };

function exported(keys: Partial<Config>, critics = false): ExportedPolicy {
  const { config } = loadConfig({ flags: { actor_hidden_size: [2], critic_hidden_size: [2], ...keys } });
  const policy = buildPolicy(config, spec, engine);
  const weights = policy.tensors();
  if (!config.use_rnn) weights.get('actor/shared/W0')!.data.set([1, 2, 10, 20, 3, 4, 30, 40]);
  weights.get('actor/shared/b0')!.data.set([100, 200]);
  return exportedPolicy(policy, weights, ORIGIN, { actor: config.eval_policy, critics });
}

const denseOf = ({ networks }: ExportedModel): DenseLayer[] =>
  networks[0]!.flatMap((layer) => ('cell' in layer ? [] : [layer]));

describe('an exported policy', () => {
  it("has an agent's id in its bias, and shares everything else", () => {
    const [first, second] = exported({}).agents.map(({ actor }) => denseOf(actor));
    expect(first![0]!.weight).toEqual({
      name: 'actor/shared/W0',
      shape: [2, 2],
      data: Float32Array.of(1, 2, 3, 4),
    });
    expect(second![0]!.weight).toBe(first![0]!.weight);
    expect([first, second].map((layers) => [...layers![0]!.bias.data])).toEqual([
      [110, 230],
      [120, 240],
    ]);
    expect(second![1]).toEqual(first![1]);
    expect([...tensorsOf(exported({})).keys()]).toEqual([
      ...['actor/shared/W0', 'actor/shared/b0/0', 'actor/shared/W1', 'actor/shared/b1', 'actor/shared/b0/1'],
    ]);
  });

  it('acts by mu alone if its actor is gaussian', () => {
    const { actor } = exported({ agent: 'ISAC', activation_action: 'tanh' }).agents[0]!;
    const last = denseOf(actor).at(-1)!;
    expect([last.weight.name, last.weight.shape, last.activation]).toEqual([
      'actor/shared/W_mu',
      [1, 2],
      'tanh',
    ]);
  });

  it('has recurrent layers with their state between dense ones, and ids behind them', () => {
    const recurrent = {
      use_rnn: true,
      rnn: 'LSTM',
      recurrent_hidden_size: 3,
      N_recurrent_layers: 2,
    } as const;
    const { actor, critic } = exported({ ...recurrent, fc_hidden_sizes: [4] }).agents[1]!;
    expect(critic).toBeUndefined();
    expect(actor.state).toBe(12);
    expect(stateWidths(actor)).toEqual([3, 3, 3, 3]);
    expect(
      actor.networks[0]!.map((layer) =>
        'cell' in layer
          ? [layer.cell, layer.inputWeight.name, ...layer.inputWeight.shape]
          : [layer.weight.name, ...layer.weight.shape, layer.bias.name],
      ),
    ).toEqual([
      ['actor/shared/fc_W0', 4, 2, 'actor/shared/fc_b0'],
      ['LSTM', 'actor/shared/rnn_W_ih0', 12, 4],
      ['LSTM', 'actor/shared/rnn_W_ih1', 12, 3],
      ['actor/shared/W0', 2, 3, 'actor/shared/b0/1'],
      ['actor/shared/W1', 1, 2, 'actor/shared/b1'],
    ]);
  });

  it('has no recurrent critics, and says so', () => {
    expect(() => exported({ use_rnn: true }, true)).toThrow(
      '--critics: expected feed-forward critics, got recurrent ones, whose Q belongs to a whole episode; leave it out',
    );
    expect(exported({ use_rnn: true, recurrent_critics: false }, true).agents[0]!.critic?.state).toBe(0);
  });

  it('bounds actions by finite numbers', () => {
    expect(exported({}).agents[0]!.actor.output).toEqual({
      kind: 'box',
      low: -1,
      high: 3.4028234663852886e38,
    });
  });

  it('without target actors cannot be one of them', () => {
    expect(() => exported({ agent: 'ISAC', eval_policy: 'target' })).toThrow(
      'eval_policy: expected actors with targets, got a policy without target_actor/shared; export needs the actors that eval plays',
    );
  });
});

describe('an npz file', () => {
  it('is stored, with data at multiples of 64 in each .npy', () => {
    const bytes = encodeNpz([['a/b', { shape: [1, 2], data: Float32Array.of(1, 2) }]]);
    const file = unzipSync(bytes)['a/b.npy']!;
    expect(new TextDecoder('latin1').decode(file.subarray(1, 128)).trimEnd()).toBe(
      `NUMPY\u0001\u0000v\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2,), }`,
    );
    expect([...new Float32Array(file.slice(128).buffer)]).toEqual([1, 2]);
    expect(new DataView(bytes.buffer).getUint16(8, true)).toBe(0);
  });
});
