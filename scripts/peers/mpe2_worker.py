"""Measures MPE2: simple_spread with random actions, one environment."""

from mpe2 import simple_spread_v3
from protocol import serve, steps_per_second

import numpy as np

env = simple_spread_v3.parallel_env(continuous_actions=True)
stream = np.random.default_rng(1)
actions = [
    {agent: stream.random(5, np.float32) for agent in env.possible_agents}
    for _ in range(env.unwrapped.max_cycles)
]


def episode():
    env.reset(seed=1)
    for joint in actions:
        env.step(joint)


serve({"environment": lambda seconds: steps_per_second(episode, len(actions), seconds)})
