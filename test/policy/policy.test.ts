import { describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import type { TensorMap } from '../../src/core/tensor-map.ts';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { MADDPG } from '../../src/learners/maddpg.ts';
import { parameterGroups } from '../../src/policy/groups.ts';
import { Policy } from '../../src/policy/policy.ts';

/** Agents of different widths, so that no two offsets coincide. */
const spec = jointSpec(
  [
    { name: 'adversary_0', team: 'adversary', obsWidth: 3, actWidth: 2 },
    { name: 'agent_0', team: 'agent', obsWidth: 4, actWidth: 5 },
    { name: 'agent_1', team: 'agent', obsWidth: 4, actWidth: 5 },
  ].map((agent) => ({ ...agent, actionKind: 'box' as const, actionLow: 0, actionHigh: 1 })),
);
const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

function policyOf(keys: Partial<Config> = {}, seed = 1, on = engine): Policy {
  const { config } = loadConfig({
    flags: {
      use_parameter_sharing: 'teams',
      actor_hidden_size: [7],
      critic_hidden_size: [6, 5],
      activation_action: 'tanh',
      ...keys,
    },
  });
  const groups = parameterGroups(spec, config.use_parameter_sharing, config.identity_embedding_mode);
  const policy = new Policy(on, MADDPG.design, spec, groups, config);
  policy.initialize(new FastStream(seed, 'test'));
  return policy;
}

/** `count` distinct joint observations, [count, SO]. */
function observations(count: number): Float32Array {
  const obs = new Float32Array(count * spec.obsTotal);
  new FastStream(9, 'observations').fillNormal(obs, 1);
  return obs;
}

function values(tensors: TensorMap, network: string): number[][] {
  return [...tensors].filter(([name]) => name.startsWith(`${network}/`)).map(([, { data }]) => [...data]);
}

describe('Policy', () => {
  it('has an actor, a critic and their targets per group, with the right input widths', () => {
    const networks = [...policyOf().networks.values()];
    expect(networks.map(({ name, inputs, hidden, outputs }) => [name, inputs, hidden, outputs])).toEqual([
      // Own observation, then the one-hot id in groups of several agents.
      ['actor/adversary', 3, [7], 2],
      // Joint observation 11 and joint action 12, then the id.
      ['critic/adversary', 23, [6, 5], 1],
      ['actor/agent', 4 + 2, [7], 5],
      ['critic/agent', 23 + 2, [6, 5], 1],
      ['target_actor/adversary', 3, [7], 2],
      ['target_critic/adversary', 23, [6, 5], 1],
      ['target_actor/agent', 6, [7], 5],
      ['target_critic/agent', 25, [6, 5], 1],
    ]);
  });

  it('initialises networks differently, targets as copies', () => {
    const tensors = policyOf().tensors();
    for (const network of ['actor/adversary', 'critic/adversary', 'actor/agent', 'critic/agent']) {
      expect(values(tensors, network)).not.toEqual([]);
      expect(values(tensors, `target_${network}`)).toEqual(values(tensors, network));
    }
    expect(values(tensors, 'actor/adversary')).not.toEqual(values(tensors, 'actor/agent'));
  });

  it('scales initial weights by gain', () => {
    const largest = (keys: Partial<Config>): number =>
      policyOf(keys)
        .tensors()
        .get('critic/agent/W0')!
        .data.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    expect(largest({ gain: 3 })).toBeCloseTo(3 * largest({}), 6);
  });

  it('normalises hidden layers with separate tensors, initially gain 1 and shift 0', () => {
    const plain = policyOf();
    const policy = policyOf({ normalize: 'LayerNorm' });
    const names = [...policy.tensors().keys()].filter((name) => name.startsWith('target_critic/agent/'));
    expect(names.map((name) => name.slice('target_critic/agent/'.length))).toEqual([
      'W0',
      'b0',
      'gain0',
      'shift0',
      'W1',
      'b1',
      'gain1',
      'shift1',
      'W2',
      'b2',
    ]);
    for (const [name, { data }] of policy.tensors()) {
      if (name.includes('/gain')) expect(new Set(data), name).toEqual(new Set([1]));
      else if (name.includes('/shift')) expect(new Set(data), name).toEqual(new Set([0]));
      else expect(data, name).toEqual(plain.tensors().get(name)!.data);
    }
    // Doubling the weights doubles leaky_relu; layer normalisation removes it, up to epsilon 1e-5.
    const [obs, before] = [observations(4), policy.act(observations(4)).slice()];
    const scaled = new Map(policy.tensors());
    for (const [name, { data }] of scaled)
      if (name.endsWith('/W0')) data.forEach((w, k) => (data[k] = 2 * w));
    policy.load(scaled);
    policy.act(obs).forEach((a, k) => {
      expect(a).toBeCloseTo(before[k]!, 3);
    });
    plain.load(new Map([...scaled].filter(([name]) => plain.tensors().has(name))));
    expect(Math.abs(plain.act(obs)[0]! - policyOf().act(obs)[0]!)).toBeGreaterThan(0.01);
  });

  it('has initial weights determined by the seed', () => {
    expect(policyOf().tensors()).toEqual(policyOf().tensors());
    expect(policyOf({}, 2).tensors()).not.toEqual(policyOf().tensors());
  });

  it.each([1, 2, 5, 17])('acts on %d rows as row by row, bit for bit', (count) => {
    const policy = policyOf();
    const obs = observations(count);
    const together = policy.act(obs).slice();
    expect(together).toHaveLength(count * spec.actTotal);
    for (let e = 0; e < count; e++) {
      const alone = policy.act(obs.subarray(e * spec.obsTotal, (e + 1) * spec.obsTotal));
      expect(together.subarray(e * spec.actTotal, (e + 1) * spec.actTotal)).toEqual(alone);
    }
  });

  it('bounds memory over many batch sizes, with the same bits', async () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    const bytes = (): number => grow.mock.calls.reduce((sum, [pages]) => sum + pages * 65536, 0);
    const wasm = await createEngine({ engine: 'wasm', device: 'cpu', threads: 1 });
    const policy = policyOf({}, 1, wasm);
    const obs = observations(2000);
    const all = policy.act(obs).slice();
    const largest = bytes();
    for (let count = 1; count <= 2000; count += count < 100 ? 1 : 19) {
      const some = policy.act(obs.subarray(0, count * spec.obsTotal));
      expect(some.findIndex((action, k) => action !== all[k])).toBe(-1);
    }
    // Unbounded, these 200 programs would take 70 times the memory of the largest.
    expect(bytes()).toBeLessThan(20 * largest);
    grow.mockRestore();
    wasm.dispose();
  });

  it("acts on each agent's own observation and id only", () => {
    const policy = policyOf();
    const obs = observations(1);
    const before = policy.act(obs).slice();
    obs[3]! += 1; // first element of agent_0's observation
    const after = policy.act(obs).slice();
    expect(after.subarray(0, 2)).toEqual(before.subarray(0, 2));
    expect(after.subarray(2, 7)).not.toEqual(before.subarray(2, 7));
    expect(after.subarray(7)).toEqual(before.subarray(7));

    obs.copyWithin(7, 3, 7); // agent_1 now sees what agent_0 sees
    const same = policy.act(obs);
    expect(same.slice(2, 7)).not.toEqual(same.slice(7));
    const blind = policyOf({ identity_embedding_mode: 'none' }).act(obs);
    expect(blind.slice(2, 7)).toEqual(blind.slice(7));
  });

  it('can act with target actors', () => {
    const policy = policyOf();
    const obs = observations(2);
    const online = policy.act(obs).slice();
    expect(policy.act(obs, 'target')).toEqual(online);
    const block = policy.store.read('parameters', 'target_actor/agent');
    policy.store.write('parameters', 'target_actor/agent', block.fill(0));
    // tanh(0) = 0 for both agents of the group; the other group's targets are still copies.
    const target = policy.act(obs, 'target').slice();
    expect([...target.subarray(2, 12)]).toEqual(new Array(10).fill(0));
    expect(target.subarray(0, 2)).toEqual(online.subarray(0, 2));
    expect(policy.act(obs)).toEqual(online);
  });

  it('keeps actions in the range of activation_action', () => {
    const obs = observations(50).map((x) => 100 * x);
    for (const [activation, low, high] of [
      ['sigmoid', 0, 1],
      ['tanh', -1, 1],
    ] as const) {
      const actions = policyOf({ activation_action: activation }).act(obs);
      expect(Math.min(...actions)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...actions)).toBeLessThanOrEqual(high);
    }
    expect(Math.max(...policyOf({ activation_action: 'none' }).act(obs))).toBeGreaterThan(1);
  });

  it('loads tensors() of another policy, by section', () => {
    const policy = policyOf();
    const other = policyOf({}, 2);
    policy.load(other.tensors());
    expect(policy.tensors()).toEqual(other.tensors());
    const moments = policy.tensors('exp_avg');
    expect([...moments.values()].every(({ data }) => data.every((x) => x === 0))).toBe(true);
  });

  it('rejects missing or misshapen tensors, naming the first', () => {
    const tensors = new Map(policyOf().tensors());
    tensors.delete('critic/agent/W1');
    expect(() => {
      policyOf().load(tensors);
    }).toThrow(new UserError('parameters: expected critic/agent/W1 of shape [5, 6], got none'));
    expect(() => {
      policyOf({ actor_hidden_size: [9] }).load(policyOf().tensors());
    }).toThrow(new UserError('parameters: expected actor/adversary/W0 of shape [9, 3], got [7, 3]'));
  });
});
