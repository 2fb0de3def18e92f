/**
 * Policy inference: approximations converge to the actual policies, losses match the documented formulas, and targets
 * use the approximations instead of the others' target actors.
 */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { jointSpec, teamOf, type JointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner, UpdateInfo } from '../../src/learners/learner.ts';
import { drawNoise } from '../../src/learners/noise.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'wasm', device: 'cpu', threads: 1 });
const BATCH = 32;
const KINDS = ['box', 'discrete'] as const;
type Kind = (typeof KINDS)[number];

/** One cat and two mice, which infer each other. */
function chase(actionKind: Kind): JointSpec {
  const space = { obsWidth: 2, actWidth: 3, actionKind, actionLow: 0, actionHigh: 1 };
  return jointSpec(['cat_0', 'mouse_0', 'mouse_1'].map((name) => ({ name, team: teamOf(name), ...space })));
}

function learnerOf(kind: Kind, keys: Partial<Config> = {}, spec = chase(kind)): Learner {
  const { config } = loadConfig({
    flags: {
      ...{ use_parameter_sharing: 'teams', infer_policies: true, lr_schedule: 'constant', tau: 0.05 },
      ...{ actor_hidden_size: [], critic_hidden_size: [4], ...keys },
    },
  });
  const policy = buildPolicy(config, spec, engine);
  policy.initialize(new FastStream(3, 'weights'));
  return buildLearner(config, policy);
}

function noiseOf(learner: Learner, stream: FastStream): Record<string, Float32Array> {
  return Object.fromEntries(
    learner.noise(BATCH).map(({ name, draw, values }) => {
      const noise = new Float32Array(values.length);
      drawNoise(draw, stream, noise);
      return [name, noise];
    }),
  );
}

/** Random transitions with actions of the current actors, plus noise for Box. */
function sampleOf({ policy }: Learner, stream: FastStream): Batch {
  const batch = createBatch(policy.spec, BATCH);
  for (const array of [batch.obs, batch.obsNext, batch.rewards]) stream.fillNormal(array, 1);
  if (policy.actingNoise.includes('gumbel')) {
    const gumbel = batch.actions.map(() => stream.gumbel());
    batch.actions.set(policy.sample(batch.obs, gumbel));
  } else {
    batch.actions.set(policy.act(batch.obs).map((x) => x + 0.1 * stream.normal()));
  }
  batch.agentMask.forEach((_, j) => (batch.agentMask[j] = stream.double() < 0.9 ? 1 : 0));
  return batch;
}

/** Infos of updates with frozen actors. */
function watch(learner: Learner, updates: number): UpdateInfo[] {
  const { store } = learner.policy;
  const stream = new FastStream(11, 'watch');
  const actors = ['actor/cat', 'actor/mouse'].map((name) => [name, store.read('parameters', name)] as const);
  return Array.from({ length: updates }, () => {
    const info = learner.update(sampleOf(learner, stream), noiseOf(learner, stream));
    for (const [name, block] of actors) store.write('parameters', name, block);
    return info;
  });
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

/** Outputs of a network without hidden layers for a group's rows [o, id], with their masks. */
function outputsOf(learner: Learner, network: string, batch: Batch, agents: readonly number[]): number[][] {
  const tensors = [...learner.policy.tensors()].filter(([name]) => name.startsWith(`${network}/`));
  const [weights, biases] = ['W', 'b'].map((letter) =>
    tensors.filter(([name]) => name.startsWith(`${network}/${letter}`)).flatMap(([, { data }]) => [...data]),
  );
  return rowsOf(agents).map(({ b, agent, i }) => {
    const { idWidth } = learner.policy.groups.find((group) => group.agents.includes(agent))!;
    const ids = Array.from({ length: idWidth }, (_, k) => (k === i ? 1 : 0));
    const row = [...batch.obs.subarray(6 * b + 2 * agent, 6 * b + 2 * agent + 2), ...ids];
    return biases!.map((bias, o) => row.reduce((sum, x, c) => sum + x * weights![o * row.length + c]!, bias));
  });
}

function rowsOf(agents: readonly number[]): { b: number; agent: number; i: number }[] {
  return Array.from({ length: BATCH }, (_, b) => agents.map((agent, i) => ({ b, agent, i }))).flat();
}

function softmax(z: readonly number[]): number[] {
  const exponentials = z.map((x) => Math.exp(x - Math.max(...z)));
  return exponentials.map((e) => e / exponentials.reduce((sum, x) => sum + x));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** -log p(a), entropy of p and divergence from p of one row, by the formulas in infer-policies.ts. */
function costs(kind: Kind, outputs: readonly number[], taken: readonly number[], actor: readonly number[]) {
  if (kind === 'discrete') {
    const [p, pi] = [softmax(outputs), softmax(actor)];
    return {
      surprise: -Math.log(p[taken.indexOf(Math.max(...taken))]!),
      entropy: -sum(p.map((x) => x * Math.log(x))),
      divergence: sum(pi.map((x, a) => x * Math.log(x / p[a]!))),
    };
  }
  const means = outputs.slice(0, 3).map(sigmoid);
  const sigmas = outputs.slice(3).map((s) => Math.exp(3 * Math.tanh(s) - 1));
  const squares = (xs: readonly number[]): number[] =>
    xs.map((x, c) => (x - means[c]!) ** 2 / (2 * sigmas[c]! ** 2));
  return {
    surprise: sum(squares(taken).map((d, c) => d + Math.log(sigmas[c]! * Math.sqrt(2 * Math.PI)))),
    entropy: sum(sigmas.map((sigma) => Math.log(sigma * Math.sqrt(2 * Math.PI * Math.E)))),
    divergence: sum(squares(actor.map(sigmoid))),
  };
}

/** Mean costs over the active agents of `other`, as inferred by `group`. */
function meanCosts(learner: Learner, kind: Kind, batch: Batch, [group, other]: readonly [string, string]) {
  const agents = other === 'cat' ? [0] : [1, 2];
  const outputs = outputsOf(learner, `inferred_${other}/${group}`, batch, agents);
  const actor = outputsOf(learner, `actor/${other}`, batch, agents);
  const rows = rowsOf(agents).flatMap(({ b, agent }, row) => {
    const taken = [...batch.actions.subarray(9 * b + 3 * agent, 9 * b + 3 * agent + 3)];
    const active = batch.agentMask[3 * b + agent] === 1;
    return active ? [costs(kind, outputs[row]!, taken, actor[row]!)] : [];
  });
  const average = (name: 'surprise' | 'entropy' | 'divergence'): number => mean(rows.map((row) => row[name]));
  return { surprise: average('surprise'), entropy: average('entropy'), divergence: average('divergence') };
}

describe.each(KINDS)('an inferred policy of %s actions', (kind) => {
  it('converges to a fixed policy: divergence falls to 1/20', () => {
    const infos = watch(learnerOf(kind, { actor_hidden_size: [8] }), 500);
    for (const group of ['cat', 'mouse']) {
      const divergences = infos.map((info) => info[`${group}/kl_inferred`]!);
      expect(mean(divergences.slice(-20)), group).toBeLessThan(mean(divergences.slice(0, 5)) / 20);
    }
  });

  it.each([
    ['', {}],
    [
      ', over every agent where the critics have one row for a team',
      { critic_reward: 'team', identity_embedding_mode: 'none' },
    ],
  ] as const)('reports the documented loss and divergence%s', (_, others) => {
    const keys = { infer_entropy: 0.3, ...others };
    const learner = learnerOf(kind, keys);
    const stream = new FastStream(5, 'sample');
    const batch = sampleOf(learner, stream);
    const pairs = [
      ['cat', 'mouse'],
      ['mouse', 'cat'],
    ] as const;
    // The cat's actor moves before the mice look at it, so its step is held back by a rate of almost 0.
    const still = learnerOf(kind, { ...keys, learning_rate_actor: 1e-30 });
    const info = still.update(batch, noiseOf(still, stream));
    for (const pair of pairs) {
      const { surprise, entropy, divergence } = meanCosts(learner, kind, batch, pair);
      expect(info[`${pair[0]}/loss_inferred`]).toBeCloseTo(surprise - 0.3 * entropy, 5);
      expect(info[`${pair[0]}/kl_inferred`]).toBeCloseTo(divergence, 4);
    }
  });

  it('has more entropy with a larger infer_entropy', () => {
    const entropy = (infer_entropy: number): number => {
      const learner = learnerOf(kind, { infer_entropy });
      watch(learner, 300);
      const batch = sampleOf(learner, new FastStream(5, 'sample'));
      return meanCosts(learner, kind, batch, ['mouse', 'cat']).entropy;
    };
    const [none, some, much] = [entropy(0), entropy(0.3), entropy(0.9)];
    expect(some).toBeGreaterThan(none + 0.05);
    expect(much).toBeGreaterThan(some + 0.05);
  });
});

describe.each([
  ['MADDPG', 'box', {}],
  ['MADDPG', 'discrete', { gumbel: 'soft' }],
  ['MADDPG', 'discrete', { gumbel: 'straight_through' }],
  ['MATD3', 'box', { target_noise: 0.2 }],
  ['MATD3', 'discrete', {}],
] as const)('the target of %s with %s actions and %j', (agent, kind, keys) => {
  /** The mice's critic loss after perturbing all parameters of a network. */
  function lossAfter(moved?: string, infer_policies = true): number {
    const learner = learnerOf(kind, { agent, infer_policies, ...keys });
    const stream = new FastStream(5, 'sample');
    const batch = sampleOf(learner, stream);
    const { store } = learner.policy;
    if (moved) {
      const block = store.read('parameters', moved);
      const change = new FastStream(8, 'change');
      store.write(
        'parameters',
        moved,
        block.map((x) => x + 2 * change.normal()),
      );
    }
    return learner.update(batch, noiseOf(learner, stream))['mouse/loss_critic']!;
  }

  it("takes the cat's next actions from the mice's approximation, not from the cat's target actor", () => {
    const loss = lossAfter();
    expect(lossAfter('target_actor/cat')).toBe(loss);
    expect(lossAfter('target_inferred_cat/mouse')).not.toBe(loss);
    expect(lossAfter('target_inferred_mouse/cat')).toBe(loss);
    expect(lossAfter('target_actor/mouse')).not.toBe(loss);
    expect(lossAfter('target_actor/cat', false)).not.toBe(lossAfter(undefined, false));
  });
});

describe('networks of inferred policies', () => {
  it('do not change the initial weights of other networks', () => {
    const apart = learnerOf('box', { infer_policies: false }).policy.tensors();
    const tensors = learnerOf('box').policy.tensors();
    for (const [name, tensor] of apart) expect(tensors.get(name), name).toEqual(tensor);
    const added = [...tensors.keys()].filter((name) => !apart.has(name));
    expect([...new Set(added.map((name) => name.split('/').slice(0, 2).join('/')))]).toEqual([
      ...['inferred_mouse/cat', 'inferred_cat/mouse'],
      ...['target_inferred_mouse/cat', 'target_inferred_cat/mouse'],
    ]);
  });

  it('have soft-updated targets, with MATD3 on delayed updates', () => {
    const learner = learnerOf('box', { agent: 'MATD3', actor_update_delay: 2 });
    const { policy } = learner;
    const [online, target] = ['inferred_cat/mouse', 'target_inferred_cat/mouse'];
    const read = (name: string): number[] => [...policy.store.read('parameters', name)];
    const before = read(target);
    watch(learner, 1);
    expect(read(online)).not.toEqual(before);
    expect(read(target)).toEqual(before);
    watch(learner, 1);
    const after = read(online);
    read(target).forEach((x, k) => {
      expect(x).toBeCloseTo(0.95 * before[k]! + 0.05 * after[k]!, 5);
    });
  });

  it('get target_noise for Box actions, not for Discrete ones', () => {
    const lossWith = (shifted: readonly number[]): number => {
      const agents = chase('box').agents.map((agent) =>
        agent.team === 'cat' ? { ...agent, actionKind: 'discrete' as const } : agent,
      );
      const keys = { agent: { cat: 'IDDPG', mouse: 'MATD3' }, target_noise: 0.5 } as const;
      const learner = learnerOf('box', keys, jointSpec(agents));
      const stream = new FastStream(5, 'sample');
      const noise = noiseOf(learner, stream);
      noise['eps_next'] = new Float32Array(BATCH * 9).map((_, k) => (shifted.includes(k % 9) ? 1 : 0));
      return learner.update(sampleOf(learner, stream), noise)['mouse/loss_critic']!;
    };
    const plain = lossWith([]);
    expect(lossWith([0, 1, 2])).toBe(plain); // the cat's columns
    expect(Math.abs(lossWith([3, 4, 5]) - plain)).toBeGreaterThan(1e-4);
  });

  it('exist only for teams whose algorithm supports inference', () => {
    const { policy } = learnerOf('box', { agent: { cat: 'IDDPG', mouse: 'MADDPG' } });
    const inferred = [...policy.networks.keys()].filter((name) => name.startsWith('inferred'));
    expect(inferred).toEqual(['inferred_cat/mouse']);
  });

  it('stay finite, and learn, for nearly impossible actions', () => {
    const learner = learnerOf('discrete');
    const { store } = learner.policy;
    const block = store.read('parameters', 'inferred_cat/mouse').fill(0);
    block.set([0, 0, 300], block.length - 3);
    store.write('parameters', 'inferred_cat/mouse', block);
    const stream = new FastStream(5, 'sample');
    const batch = sampleOf(learner, stream);
    batch.agentMask.fill(1);
    for (let b = 0; b < BATCH; b++) batch.actions.set([1, 0, 0], 9 * b);
    const info = learner.update(batch, noiseOf(learner, stream));
    expect(info['mouse/loss_inferred']).toBeCloseTo(300, 3);
    // d loss / d bias = p - a, averaged over equal rows.
    const gradient = learner.gradients().get('inferred_cat/mouse')!.slice(-3);
    [-1, 0, 1].forEach((x, a) => {
      expect(gradient[a]).toBeCloseTo(x, 6);
    });
  });
});
