"""Measures JaxMARL: simple_spread with random actions, in one call of XLA for all environments."""

from functools import cache

from protocol import serve, steps_per_second

import jax
import jaxmarl

STEPS = 100
env = jaxmarl.make("MPE_simple_spread_v3", action_type="Continuous")


@cache
def rollout(count):
    """A jitted rollout of STEPS steps in `count` environments, which takes their first states, actions and a key."""
    step_all = jax.vmap(env.step)

    @jax.jit
    def run(states, actions, key):
        def step(states, given):
            key, joint = given
            by_name = {agent: joint[:, i] for i, agent in enumerate(env.agents)}
            _, states, rewards, _, _ = step_all(jax.random.split(key, count), states, by_name)
            return states, rewards["agent_0"].sum()

        return jax.lax.scan(step, states, (jax.random.split(key, STEPS), actions))

    _, states = jax.vmap(env.reset)(jax.random.split(jax.random.key(1), count))
    actions = jax.random.uniform(jax.random.key(2), (STEPS, count, env.num_agents, 5))
    arguments = (states, actions, jax.random.key(3))
    jax.block_until_ready(run(*arguments))
    return run, arguments


def environment(count, seconds):
    run, arguments = rollout(count)
    return steps_per_second(lambda: jax.block_until_ready(run(*arguments)), STEPS * count, seconds)


serve({"environment": environment})
