"""Measures JaxMARL: simple_spread with random actions, in one call of XLA for all environments."""

from functools import cache

from protocol import serve, steps_per_second

import jax
import jaxmarl

STEPS = 100
env = jaxmarl.make("MPE_simple_spread_v3", action_type="Continuous")


@cache
def rollout(count):
    """A jitted rollout of STEPS steps in `count` environments, and its first states."""
    step_all = jax.vmap(env.step)

    @jax.jit
    def run(states, key):
        def step(states, key):
            to_act, to_step = jax.random.split(key)
            actions = {
                agent: jax.random.uniform(one, (count, 5))
                for agent, one in zip(env.agents, jax.random.split(to_act, env.num_agents))
            }
            _, states, rewards, _, _ = step_all(jax.random.split(to_step, count), states, actions)
            return states, rewards["agent_0"].sum()

        return jax.lax.scan(step, states, jax.random.split(key, STEPS))

    _, states = jax.vmap(env.reset)(jax.random.split(jax.random.key(1), count))
    jax.block_until_ready(run(states, jax.random.key(2)))
    return run, states


def environment(count, seconds):
    run, states = rollout(count)
    key = jax.random.key(3)
    return steps_per_second(lambda: jax.block_until_ready(run(states, key)), STEPS * count, seconds)


serve({"environment": environment})
