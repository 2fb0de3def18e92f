/** Which networks an ensemble update trains, and on which transitions. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { markPlayers } from '../../src/ensemble/ensemble.ts';
import { jointSpec } from '../../src/core/joint-spec.ts';
import { FastStream } from '../../src/core/random.ts';
import type { TensorMap } from '../../src/core/tensor-map.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner } from '../../src/learners/learner.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const BATCH = 8;
const spec = jointSpec(
  ['cat_0', 'mouse_0'].map((name) => ({
    ...{ name, team: name, obsWidth: 3, actWidth: 2 },
    ...{ actionKind: 'box' as const, actionLow: 0, actionHigh: 1 },
  })),
);

function learnerOf(keys: Partial<Config> = {}): Learner {
  const { config } = loadConfig({
    flags: {
      ...{ ensemble_size: 2, use_parameter_sharing: false, tau: 0.1, lr_schedule: 'constant' },
      ...{ actor_hidden_size: [4], critic_hidden_size: [4] },
      ...keys,
    },
  });
  return buildLearner(config, buildPolicy(config, spec, engine));
}

/** A sample with all rows played by `players`, one sub-policy per group. */
function sampleOf(learner: Learner, seed: number, players: readonly number[]): Batch {
  const stream = new FastStream(seed, 'sample');
  const batch = createBatch(spec, BATCH);
  for (const array of [batch.obs, batch.obsNext, batch.rewards]) stream.fillNormal(array, 1);
  batch.actions.forEach((_, j) => (batch.actions[j] = stream.double()));
  batch.agentMask.fill(1);
  const { ensemble } = learner.policy;
  const marks = new Float32Array(BATCH * (ensemble?.size ?? 0) * spec.actTotal);
  if (ensemble) for (let b = 0; b < BATCH; b++) markPlayers(ensemble, players, 0, marks, b);
  return { ...batch, marks };
}

/** Names of networks that differ. */
function moved(before: TensorMap, after: TensorMap): string[] {
  const names = [...before].filter(([name, { data }]) => data.some((x, k) => x !== after.get(name)!.data[k]));
  return [...new Set(names.map(([name]) => name.split('/').slice(0, 2).join('/')))];
}

function block(learner: Learner, network: string): number[] {
  return [...learner.policy.store.read('parameters', network)];
}

describe('an ensemble update', () => {
  it('trains one actor per group in turn, all critics, and soft-updates all targets', () => {
    const learner = learnerOf();
    const critics = ['critic/cat_0', 'critic/mouse_0'];
    const online = (): string[] => {
      const before = learner.policy.tensors();
      const samples = learner.batches(BATCH).map((_, s) => sampleOf(learner, s, [0, 0]));
      learner.update(samples);
      return moved(before, learner.policy.tensors()).filter((name) => !name.startsWith('target_'));
    };
    const turns = [0, 1, 0].map((k) => [`actor_${k}/cat_0`, `actor_${k}/mouse_0`, ...critics].sort());
    expect([online(), online(), online()].map((names) => names.sort())).toEqual(turns);
  });

  it("soft-updates every sub-policy's target in every update", () => {
    const learner = learnerOf();
    const update = (): void => {
      learner.update(learner.batches(BATCH).map((_, s) => sampleOf(learner, s, [0, 0])));
    };
    for (let k = 0; k < 2; k++) update();
    const [actor, target] = ['actor_1/cat_0', 'target_actor_1/cat_0'].map((name) => block(learner, name));
    update();
    expect(block(learner, 'actor_1/cat_0')).toEqual(actor);
    const followed = target!.map((x, k) => 0.9 * x + 0.1 * actor![k]!);
    expect(followed).not.toEqual(target);
    block(learner, 'target_actor_1/cat_0').forEach((x, k) => {
      expect(x).toBeCloseTo(followed[k]!, 6);
    });
  });

  it('takes one sample per group, played by the sub-policy being trained', () => {
    const learner = learnerOf();
    const asked = (): unknown => learner.batches(BATCH).map(({ playedBy }) => playedBy);
    expect(asked()).toEqual([
      { group: 0, subPolicy: 0 },
      { group: 1, subPolicy: 0 },
    ]);
    learner.update([sampleOf(learner, 1, [0, 0]), sampleOf(learner, 2, [0, 0])]);
    expect(asked()).toEqual([
      { group: 0, subPolicy: 1 },
      { group: 1, subPolicy: 1 },
    ]);
  });

  it('trains each group on its own sample only', () => {
    const after = (catSeed: number, mouseSeed: number): Learner => {
      const learner = learnerOf();
      learner.update([sampleOf(learner, catSeed, [0, 0]), sampleOf(learner, mouseSeed, [0, 0])]);
      return learner;
    };
    const [once, otherMouse] = [after(1, 2), after(1, 3)];
    for (const network of ['actor_0/cat_0', 'critic/cat_0'])
      expect(block(once, network)).toEqual(block(otherMouse, network));
    for (const network of ['actor_0/mouse_0', 'critic/mouse_0'])
      expect(block(once, network)).not.toEqual(block(otherMouse, network));
  });

  it('bootstraps with the sub-policies that played the episode', () => {
    const criticAfter = (mouse: number, change: number): number[] => {
      const learner = learnerOf();
      const target = `target_actor_${change}/mouse_0`;
      const weights = learner.policy.store.read('parameters', target);
      learner.policy.store.write(
        'parameters',
        target,
        weights.map((x) => x + 1),
      );
      learner.update([sampleOf(learner, 1, [0, mouse]), sampleOf(learner, 2, [0, 0])]);
      return block(learner, 'critic/cat_0');
    };
    // Only the target actor of the mouse sub-policy that played affects the cat's critic.
    expect(criticAfter(0, 1)).not.toEqual(criticAfter(0, 0));
    expect(criticAfter(1, 0)).not.toEqual(criticAfter(1, 1));
    const untouched = (mouse: number): number[] => {
      const learner = learnerOf();
      learner.update([sampleOf(learner, 1, [0, mouse]), sampleOf(learner, 2, [0, 0])]);
      return block(learner, 'critic/cat_0');
    };
    expect(criticAfter(0, 1)).toEqual(untouched(0));
    expect(criticAfter(1, 0)).toEqual(untouched(1));
  });

  it('of MATD3 gives every sub-policy full delay cycles', () => {
    const learner = learnerOf({ agent: 'MATD3', actor_update_delay: 2 });
    const turns: string[][] = [];
    for (let k = 0; k < 8; k++) {
      const before = learner.policy.tensors();
      learner.update([sampleOf(learner, k, [0, 0]), sampleOf(learner, k, [0, 0])]);
      turns.push(moved(before, learner.policy.tensors()).filter((name) => /^actor.*cat_0$/.test(name)));
    }
    expect(turns.flat()).toEqual(['actor_0/cat_0', 'actor_1/cat_0', 'actor_0/cat_0', 'actor_1/cat_0']);
  });

  it('shares one learning rate schedule among the sub-policies of a group', () => {
    const rates = (ensemble_size: number): number[] => {
      const schedule = { lr_schedule: 'exponential', decay_rate: 0.5, decay_steps: 1 } as const;
      const learner = learnerOf({ ensemble_size, ...schedule });
      return [0, 1, 2].map((k) => {
        const samples = learner.batches(BATCH).map((_, s) => sampleOf(learner, 10 * k + s, [0, 0]));
        return learner.update(samples)['cat_0/learning_rate_actor']!;
      });
    };
    expect(rates(2)).toEqual(rates(1));
    expect(new Set(rates(2)).size).toBe(3);
  });

  it('rejects a wrong number of samples and samples without marks', () => {
    const learner = learnerOf();
    expect(() => learner.update(sampleOf(learner, 1, [0, 0]))).toThrow(
      new RangeError('update: expected 2 samples, got 1'),
    );
    const bare = createBatch(spec, BATCH);
    expect(() => learner.update([bare, bare])).toThrow('update: marks: expected');
    expect(learner.iterations).toBe(0);
  });
});
