/**
 * weights.safetensors and policy.json suffice to act: an independent reader, written from docs/algorithms.md, gives the
 * same actions as a loaded policy.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../src/checkpoint/safetensors.ts';
import type { Config } from '../../src/config/keys.ts';
import { FastStream } from '../../src/core/random.ts';
import { makeVectorEnv } from '../../src/envs/registry.ts';
import { loadPolicy, train } from '../../src/index.ts';
import { greedyActor, type Actor } from '../../src/evaluate/actors.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { summarize } from '../../src/evaluate/returns.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maddpg-policy-file-'));
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

const QUICK = {
  ...{ actor_hidden_size: [8, 4], critic_hidden_size: [4], batch_size: 8, buffer_size: 800, parallels: 4 },
  ...{
    start_training: 120,
    training_frequency: 4,
    running_steps: 400,
    eval_interval: 400,
    learning_rate_actor: 0.05,
  },
  ...{ activation: 'relu', threads: 1 },
} as const satisfies Partial<Config>;

interface PolicyFile {
  readonly eval_policy: 'online' | 'target';
  readonly activation_action: keyof typeof ACTIVATIONS;
  readonly ensemble_size: number;
  readonly agents: readonly { readonly name: string; readonly obsWidth: number }[];
  readonly groups: readonly {
    readonly name: string;
    readonly agents: readonly number[];
    readonly idWidth: number;
    readonly actor_head: 'deterministic' | 'gaussian' | 'gumbel';
  }[];
  readonly networks: readonly {
    readonly name: string;
    readonly hidden: readonly number[];
    readonly activation: keyof typeof ACTIVATIONS;
    readonly outputActivation: keyof typeof ACTIVATIONS;
    readonly heads?: readonly string[];
  }[];
  readonly observation_norm?: { readonly range: number; readonly epsilon: number };
}

const ACTIVATIONS = {
  none: (x: number) => x,
  relu: (x: number) => Math.max(0, x),
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

const dot = (w: Readonly<ArrayLike<number>>, row: number, x: readonly number[]): number =>
  x.reduce((sum, value, c) => sum + value * w[row * x.length + c]!, 0);

/** Greedy actions of the first sub-policies, by agent: vector or index. */
function act(
  checkpoint: string,
  seen: Readonly<Record<string, Float32Array>>,
): Record<string, number[] | number> {
  const file = JSON.parse(fs.readFileSync(path.join(checkpoint, 'policy.json'), 'utf8')) as PolicyFile;
  const weights = decodeSafetensors(
    fs.readFileSync(path.join(checkpoint, 'weights.safetensors')),
    checkpoint,
  );
  const data = (name: string): Readonly<ArrayLike<number>> => weights.get(name)!.data;
  const actions: Record<string, number[] | number> = {};
  let column = 0;
  file.agents.forEach(({ name, obsWidth }, i) => {
    const group = file.groups.find(({ agents }) => agents.includes(i))!;
    const actor = `${file.eval_policy === 'target' ? 'target_' : ''}actor${file.ensemble_size > 1 ? '_0' : ''}`;
    const network = file.networks.find((one) => one.name === `${actor}/${group.name}`)!;
    let x = [...seen[name]!];
    if (file.observation_norm) {
      const { range, epsilon } = file.observation_norm;
      const [mean, std] = [data('observation/mean'), data('observation/std')];
      x = x.map((value, k) => {
        const normalised = (value - mean[column + k]!) / (std[column + k]! + epsilon);
        return Math.max(-range, Math.min(range, normalised));
      });
    }
    column += obsWidth;
    for (let k = 0; k < group.idWidth; k++) x.push(group.agents[k] === i ? 1 : 0);
    const layer = (leaf: string, activation: keyof typeof ACTIVATIONS): number[] => {
      const [w, b] = ['W', 'b'].map((letter) => data(`${network.name}/${letter}${leaf}`)) as [
        number[],
        number[],
      ];
      return [...b].map((bias, row) => ACTIVATIONS[activation](dot(w, row, x) + bias));
    };
    network.hidden.forEach((_, l) => (x = layer(String(l), network.activation)));
    // Of several heads, the first acts.
    const last = network.heads ? `_${network.heads[0]!}` : String(network.hidden.length);
    x = layer(last, network.outputActivation);
    if (group.actor_head === 'gaussian') x = x.map(ACTIVATIONS[file.activation_action]);
    actions[name] = group.actor_head === 'gumbel' ? x.indexOf(Math.max(...x)) : x;
  });
  return actions;
}

describe('weights.safetensors and policy.json', () => {
  it.each<[string, Partial<Config>]>([
    ['deterministic actors', {}],
    ['target actors of an ensemble', { eval_policy: 'target', ensemble_size: 2, tau: 0.3 }],
    [
      'soft actors without ids, with normalised observations',
      { agent: 'MASAC', use_obsnorm: true, use_parameter_sharing: false },
    ],
    ['choices', { continuous_action: false, eval_policy: 'target', tau: 0.3 }],
  ])('suffice to act: %s', async (name, keys) => {
    const { checkpoint } = await train({
      ...QUICK,
      model_dir: folder,
      name: name.replaceAll(' ', '-'),
      ...keys,
    });
    const policy = await loadPolicy(checkpoint!);
    const stream = new FastStream(1, 'observations');
    for (let k = 0; k < 10; k++) {
      const seen = Object.fromEntries(
        policy.spec.agents.map((agent) => [
          agent.name,
          new Float32Array(agent.obsWidth).map(() => stream.normal()),
        ]),
      );
      const [own, given] = [act(checkpoint!, seen), policy.act(seen)];
      for (const agent of Object.keys(seen)) {
        if (typeof own[agent] === 'number') expect(given[agent]).toBe(own[agent]);
        else
          own[agent]!.forEach((x, c) => {
            expect((given[agent] as Float32Array)[c]).toBeCloseTo(x, 5);
          });
      }
    }
  });
});

describe('eval_policy', () => {
  it('selects the actors of evaluations and of loaded policies', async () => {
    const runs = await Promise.all(
      (['online', 'target'] as const).map((eval_policy) =>
        train({
          ...QUICK,
          model_dir: folder,
          name: `by-${eval_policy}`,
          eval_policy,
          test_episode: 5,
          test_seed: 7,
        }),
      ),
    );
    const [online, target] = await Promise.all(runs.map(({ checkpoint }) => loadPolicy(checkpoint!)));
    expect(target!.policy.tensors()).toEqual(online!.policy.tensors());
    const returnsOf = (actor: Actor): { mean: number; std: number; episodes: number } => {
      const env = makeVectorEnv('simple_spread_v3', { continuous_actions: true }, 1);
      const { mean, std, episodes } = summarize(env.spec, episodeReturns(env, actor, 5, 7));
      return { mean, std, episodes };
    };
    expect(runs[0]!.final).toMatchObject(returnsOf(greedyActor(target!.policy, 'online')));
    expect(runs[1]!.final).toMatchObject(returnsOf(greedyActor(online!.policy, 'target')));
    expect(runs[1]!.final!.mean).not.toBe(runs[0]!.final!.mean);
    expect(runs[0]!.final).toMatchObject(returnsOf(online!.actor));
    expect(runs[1]!.final).toMatchObject(returnsOf(target!.actor));
  });
});
