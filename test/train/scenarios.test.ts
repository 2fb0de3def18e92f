/**
 * Every scenario trains with separate parameters, parameters shared within teams, and, if spaces are equal, shared by
 * all. Sizes are tiny; nothing is learned.
 */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/keys.ts';
import { UserError } from '../../src/core/user-error.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { environmentIds, makeVectorEnv } from '../../src/envs/registry.ts';
import { parameterGroups } from '../../src/policy/groups.ts';
import { mpeEnvironments } from '../../src/envs/mpe/open.ts';
import { requireFitting } from '../../src/train/checks.ts';
import { greedyActor } from '../../src/evaluate/actors.ts';
import { episodeReturns } from '../../src/evaluate/play.ts';
import { summarize } from '../../src/evaluate/returns.ts';
import { begun } from './begun.ts';
import { unmoved } from './unmoved.ts';

const engine = await createEngine({ engine: 'reference', device: 'cpu', threads: 1 });

function configOf(env_id: string, keys: Partial<Config>): Config {
  const flags: Partial<Config> = {
    ...{ env_id, parallels: 2, start_training: 12, training_frequency: 2, batch_size: 4, buffer_size: 100 },
    ...{ actor_hidden_size: [4], critic_hidden_size: [4], env_options: { max_cycles: 5 } },
    ...keys,
  };
  return loadConfig({ flags }).config;
}

/** Agents by space; with a single entry, all can share. */
function widths(id: string): Map<string, string[]> {
  const spaces = new Map<string, string[]>();
  for (const { name, obsWidth, actWidth } of makeVectorEnv(id, { continuous_actions: true }, 1).spec.agents) {
    const key = `(observation ${obsWidth}, action ${actWidth})`;
    spaces.set(key, [...(spaces.get(key) ?? []), name]);
  }
  return spaces;
}

describe.each(environmentIds())('%s', (id) => {
  const spaces = widths(id);
  const sharings = spaces.size === 1 ? ([true, false, 'teams'] as const) : ([false, 'teams'] as const);

  it.each(sharings)('trains with use_parameter_sharing: %s', (use_parameter_sharing) => {
    const config = configOf(id, { use_parameter_sharing });
    const env = makeVectorEnv(id, { ...config.env_options, continuous_actions: true }, config.parallels);
    const session = begun(config, env, engine);
    const before = session.policy.tensors();
    while (session.updates < 3) session.advance();
    expect(session.step).toBe(18);
    session.checkFinite();
    expect(unmoved(before, session.policy.tensors())).toEqual([]);

    const groups = parameterGroups(env.spec, use_parameter_sharing, 'one_hot');
    const losses = Object.keys(session.lastInfo!).filter((key) => key.endsWith('loss_critic'));
    expect(losses).toEqual(groups.map(({ infoPrefix }) => `${infoPrefix}loss_critic`));
    for (const loss of losses) expect(session.lastInfo![loss]).toBeGreaterThan(0);

    // Returns are reported per agent and per team.
    const single = makeVectorEnv(id, { ...config.env_options, continuous_actions: true }, 1);
    const { per_agent, per_team } = summarize(
      single.spec,
      episodeReturns(single, greedyActor(session.policy), 2, 1),
    );
    expect(Object.keys(per_agent)).toEqual(env.spec.agents.map(({ name }) => name));
    expect(Object.keys(per_team)).toEqual([...new Set(env.spec.agents.map(({ team }) => team))]);
    for (const [team, { mean }] of Object.entries(per_team)) {
      const members = env.spec.agents.filter((agent) => agent.team === team);
      const returns = members.map(({ name }) => per_agent[name]!.mean);
      expect(mean).toBeCloseTo(returns.reduce((sum, x) => sum + x, 0) / members.length, 8);
    }
  });

  it('trains with discrete actions, sampled in training and greedy in evaluation', () => {
    const config = configOf(id, { use_parameter_sharing: false, continuous_action: false });
    const env = makeVectorEnv(id, { ...config.env_options, continuous_actions: false }, config.parallels);
    const session = begun(config, env, engine);
    while (session.updates < 3) session.advance();
    session.checkFinite();
    const { policy } = session;
    const greedy = [...policy.act(env.obs)];
    // One action per agent and environment.
    expect(greedy.filter((x) => x === 1)).toHaveLength(env.spec.agents.length * env.count);
    expect(greedy.every((x) => x === 0 || x === 1)).toBe(true);
    const noise = new Float32Array(greedy.length);
    const soft = [...policy.sample(env.obs, noise)];
    env.spec.agents.forEach(({ actWidth }, i) => {
      const start = env.spec.actOffsets[i]!;
      const own = soft.slice(start, start + actWidth);
      expect(own.reduce((sum, x) => sum + x)).toBeCloseTo(1, 6);
      expect(own.indexOf(Math.max(...own))).toBe(greedy.slice(start, start + actWidth).indexOf(1));
    });
  });

  if (spaces.size === 1) return;
  it('rejects sharing among all, naming two agents that differ', () => {
    const [[first, [one]], [second, [other]]] = [...spaces] as [[string, string[]], [string, string[]]];
    const config = configOf(id, { use_parameter_sharing: true });
    expect(() => {
      requireFitting(config, mpeEnvironments(config).make(1));
    }).toThrow(
      new UserError(
        `use_parameter_sharing: expected agents of equal widths in a group, got ${one} ${first} ` +
          `and ${other} ${second}; set use_parameter_sharing: false or teams`,
      ),
    );
  });
});
