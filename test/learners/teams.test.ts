/**
 * Parameter groups and algorithms by team. A single team equals full sharing, teams of one equal no sharing, and a
 * team's algorithm trains it as if all teams had that algorithm.
 */
import { describe, expect, it } from 'vitest';
import { FastStream } from '../../src/core/random.ts';
import { jointSpec, teamOf, type JointSpec } from '../../src/core/joint-spec.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngine } from '../../src/engine/registry.ts';
import type { Learner } from '../../src/learners/learner.ts';
import { createBatch, type Batch } from '../../src/replay/batch.ts';
import { buildLearner, buildPolicy } from '../../src/train/build.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });
const BATCH = 8;

function specOf(...names: readonly string[]): JointSpec {
  const space = { obsWidth: 3, actWidth: 2, actionKind: 'box', actionLow: 0, actionHigh: 1 } as const;
  return jointSpec(names.map((name) => ({ name, team: teamOf(name), ...space })));
}

/** One cat and two mice. */
const CHASE = specOf('cat_0', 'mouse_0', 'mouse_1');

function sampleOf(spec: JointSpec, k: number): Batch {
  const stream = new FastStream(5, `sample ${k}`);
  const batch = createBatch(spec, BATCH);
  for (const array of [batch.obs, batch.obsNext, batch.rewards]) stream.fillNormal(array, 1);
  batch.actions.forEach((_, j) => (batch.actions[j] = stream.double()));
  batch.agentMask.fill(1);
  return batch;
}

/** Columns of some agents of CHASE, `width` each. */
function columnsOf(agents: readonly number[], width: number, all: Float32Array): number[] {
  const n = CHASE.agents.length;
  return Array.from({ length: BATCH }, (_, b) =>
    agents.flatMap((agent) => [...all.subarray((b * n + agent) * width, (b * n + agent + 1) * width)]),
  ).flat();
}

/** Sample k of CHASE, restricted to some agents. */
function partOf(agents: readonly number[], spec: JointSpec, k: number): Batch {
  const whole = sampleOf(CHASE, k);
  const part = createBatch(spec, BATCH);
  for (const name of ['obs', 'obsNext', 'actions', 'rewards', 'agentMask'] as const) {
    const width = whole[name].length / (BATCH * CHASE.agents.length);
    part[name].set(columnsOf(agents, width, whole[name]));
  }
  return part;
}

/**
 * A learner after three updates; groups of the same name start with the same weights. `agents`: indices in CHASE of the
 * spec's agents, which learn from its samples and noise.
 */
function trained(
  spec: JointSpec,
  keys: Partial<Config>,
  agents?: readonly number[],
  on: Engine = engine,
): Learner {
  const flags = { actor_hidden_size: [4], critic_hidden_size: [4], tau: 0.1, ...keys };
  const { config } = loadConfig({ flags });
  const policy = buildPolicy(config, spec, on);
  for (const [name, network] of policy.networks) {
    const block = policy.store.read('parameters', network.name);
    new FastStream(3, name.replace('/shared', '/mouse').replace(/_0$/, '')).fillNormal(block, 0.3);
    policy.store.write('parameters', name, block);
  }
  const learner = buildLearner(config, policy);
  for (let k = 0; k < 3; k++) {
    const noise = Object.fromEntries(
      learner.noise(BATCH).map(({ name, values }) => {
        const numbers = new Float32Array(agents ? BATCH * CHASE.actTotal : values.length);
        new FastStream(9, `${name} ${k}`).fillNormal(numbers, 1);
        return [name, agents ? Float32Array.from(columnsOf(agents, 2, numbers)) : numbers];
      }),
    );
    learner.update(agents ? partOf(agents, spec, k) : sampleOf(spec, k), noise);
  }
  return learner;
}

/** Tensors of the given groups, renamed if asked. */
function tensorsOf(learner: Learner, group: string, as = group): Record<string, number[]> {
  return Object.fromEntries(
    [...learner.policy.tensors()]
      .filter(([name]) => name.split('/')[1] === group)
      .map(([name, { data }]) => [name.replace(`/${group}/`, `/${as}/`), [...data]]),
  );
}

describe('use_parameter_sharing: teams', () => {
  it('equals use_parameter_sharing: true for a single team', () => {
    const mice = specOf('mouse_0', 'mouse_1', 'mouse_2');
    const team = trained(mice, { use_parameter_sharing: 'teams' });
    const all = trained(mice, { use_parameter_sharing: true });
    expect(tensorsOf(team, 'mouse')).toEqual(tensorsOf(all, 'shared', 'mouse'));
  });

  it('equals use_parameter_sharing: false for teams of one', () => {
    const duel = specOf('cat_0', 'mouse_0');
    const teams = trained(duel, { use_parameter_sharing: 'teams' });
    const apart = trained(duel, { use_parameter_sharing: false });
    for (const team of ['cat', 'mouse'])
      expect(tensorsOf(teams, team)).toEqual(tensorsOf(apart, `${team}_0`, team));
  });

  it("appends ids of the team's size to actor and critic inputs", () => {
    const { policy } = trained(CHASE, { use_parameter_sharing: 'teams' });
    const columns = (name: string): number => policy.tensors().get(`${name}/W0`)!.shape[1]!;
    expect([columns('actor/cat'), columns('critic/cat')]).toEqual([3, 9 + 6]);
    expect([columns('actor/mouse'), columns('critic/mouse')]).toEqual([3 + 2, 9 + 6 + 2]);
  });
});

describe('critic_scope: team', () => {
  const teams = { use_parameter_sharing: 'teams', critic_scope: 'team' } as const;
  const MICE = specOf('mouse_0', 'mouse_1');

  it.each(['MADDPG', 'MATD3', 'MASAC'] as const)('trains a %s team as if it were alone', (agent) => {
    const alone = trained(MICE, { ...teams, agent }, [1, 2]);
    const among = trained(CHASE, { ...teams, agent });
    expect(tensorsOf(among, 'mouse')).toEqual(tensorsOf(alone, 'mouse'));
    const all = trained(CHASE, { ...teams, agent, critic_scope: 'all' });
    expect(tensorsOf(among, 'mouse')).not.toEqual(tensorsOf(all, 'mouse'));
  });

  it('covers the whole team of an agent without shared parameters', () => {
    const { policy } = trained(CHASE, { use_parameter_sharing: false, critic_scope: 'team' });
    const columns = (name: string): number => policy.tensors().get(`${name}/W0`)!.shape[1]!;
    expect([columns('critic/cat_0'), columns('critic/mouse_0')]).toEqual([3 + 2, 6 + 4]);
  });

  it('covers teams whose agents are not adjacent', () => {
    const spec = specOf('mouse_0', 'cat_0', 'mouse_1');
    const among = trained(spec, teams, [1, 0, 2]);
    expect(tensorsOf(among, 'mouse')).toEqual(tensorsOf(trained(CHASE, teams), 'mouse'));
  });

  it('has no effect for a single team', () => {
    const keys = { use_parameter_sharing: true } as const;
    const team = trained(MICE, { ...keys, critic_scope: 'team' });
    expect(tensorsOf(team, 'shared')).toEqual(tensorsOf(trained(MICE, keys), 'shared'));
  });

  it('gives the same bits on wasm', async () => {
    const wasm = await createEngine({ engine: 'wasm', device: 'cpu', threads: 2 });
    const compiled = trained(CHASE, teams, undefined, wasm);
    expect(tensorsOf(compiled, 'mouse')).toEqual(tensorsOf(trained(CHASE, teams), 'mouse'));
    wasm.dispose();
  });

  it('rejects groups that span teams, and infer_policies', () => {
    const build = (keys: Partial<Config>) => () => trained(CHASE, { ...teams, ...keys });
    expect(build({ use_parameter_sharing: true })).toThrow(
      'critic_scope: expected all if a group has agents of several teams (cat, mouse), got team; ' +
        'or set use_parameter_sharing to teams or false',
    );
    expect(build({ infer_policies: true })).toThrow(
      'infer_policies: expected false if no critic sees another group (critic_scope team), got true; ' +
        'set critic_scope to all or use_parameter_sharing to false',
    );
  });
});

describe('agent: one algorithm per team', () => {
  const teams = { use_parameter_sharing: 'teams' } as const;

  it('trains a team without joint critics as if all teams had its algorithm', () => {
    const mixed = trained(CHASE, { ...teams, agent: { cat: 'IDDPG', mouse: 'MADDPG' } });
    const independent = trained(CHASE, { ...teams, agent: 'IDDPG' });
    const joint = trained(CHASE, { ...teams, agent: 'MADDPG' });
    expect(tensorsOf(mixed, 'cat')).toEqual(tensorsOf(independent, 'cat'));
    expect(tensorsOf(mixed, 'mouse')).not.toEqual(tensorsOf(independent, 'mouse'));
    expect(Object.keys(tensorsOf(mixed, 'mouse'))).toEqual(Object.keys(tensorsOf(joint, 'mouse')));
  });

  it('combines sampled actions of soft teams with target actions of others in joint targets', () => {
    const mixed = trained(CHASE, { ...teams, agent: { cat: 'ISAC', mouse: 'MATD3' } });
    const soft = trained(CHASE, { ...teams, agent: 'ISAC' });
    expect(tensorsOf(mixed, 'cat')).toEqual(tensorsOf(soft, 'cat'));
    expect(mixed.noise(BATCH).map(({ name }) => name)).toEqual(['eps_obs', 'eps_next']);
    expect(Object.keys(mixed.update(sampleOf(CHASE, 9), noiseOf())).sort()).toContain('mouse/q_policy');
  });

  it('rejects missing teams and groups that span two algorithms', () => {
    const build = (keys: Partial<Config>) => () => trained(CHASE, keys);
    expect(build({ ...teams, agent: { cat: 'IDDPG' } })).toThrow(
      'agent: expected an algorithm for each of the teams cat, mouse, got {"cat":"IDDPG"}',
    );
    expect(build({ agent: { cat: 'IDDPG', mouse: 'MADDPG' } })).toThrow(
      'use_parameter_sharing: expected one algorithm per group, got cat_0, mouse_0, mouse_1 with IDDPG and ' +
        'MADDPG; set it to teams or false',
    );
  });
});

function noiseOf(): Record<string, Float32Array> {
  const numbers = new Float32Array(BATCH * CHASE.actTotal);
  return { eps_obs: numbers, eps_next: numbers };
}
