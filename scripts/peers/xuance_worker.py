"""Measures XuanCe: updates of its MADDPG learner, feed-forward and recurrent, and its training of simple_spread."""

from functools import cache

from protocol import median_ms, serve, steps_per_second
from xuance_training import make_runner

import numpy as np

# The agents of simple_spread, and the widths of their observations and actions.
AGENTS, OBSERVATIONS, ACTIONS = ["agent_0", "agent_1", "agent_2"], 18, 5


@cache
def learner(hidden):
    sizes = [hidden, hidden]
    return make_runner(actor_hidden_size=sizes, critic_hidden_size=sizes, buffer_size=1600).agent.learner


@cache
def sample(batch):
    """A batch as XuanCe's replay buffer gives it."""
    stream = np.random.default_rng(1)

    def each(draw):
        return {agent: draw() for agent in AGENTS}

    return {
        "obs": each(lambda: stream.standard_normal((batch, OBSERVATIONS), np.float32)),
        "actions": each(lambda: stream.random((batch, ACTIONS), np.float32)),
        "obs_next": each(lambda: stream.standard_normal((batch, OBSERVATIONS), np.float32)),
        "rewards": each(lambda: stream.standard_normal(batch, np.float32)),
        "terminals": each(lambda: np.zeros(batch, np.bool_)),
        "agent_mask": each(lambda: np.ones(batch, np.bool_)),
        "batch_size": batch,
    }


def update(batch, hidden, seconds):
    learning, batch = learner(hidden), sample(batch)
    return median_ms(lambda: learning.update(batch), seconds)


@cache
def recurrent_learner(hidden):
    sizes = [hidden, hidden]
    return make_runner(
        use_rnn=True, representation="Basic_RNN", rnn="GRU", fc_hidden_sizes=[hidden], recurrent_hidden_size=hidden,
        N_recurrent_layers=1, dropout=0, actor_hidden_size=sizes, critic_hidden_size=sizes, buffer_size=32,
    ).agent.learner


@cache
def episodes(batch, steps):
    """Whole episodes as XuanCe's replay buffer gives them."""
    stream = np.random.default_rng(1)

    def each(draw):
        return {agent: draw() for agent in AGENTS}

    return {
        "obs": each(lambda: stream.standard_normal((batch, steps + 1, OBSERVATIONS), np.float32)),
        "actions": each(lambda: stream.random((batch, steps, ACTIONS), np.float32)),
        "rewards": each(lambda: stream.standard_normal((batch, steps), np.float32)),
        "terminals": each(lambda: np.zeros((batch, steps), np.bool_)),
        "agent_mask": each(lambda: np.ones((batch, steps), np.bool_)),
        "filled": np.ones((batch, steps), np.bool_),
        "batch_size": batch,
        "sequence_length": steps,
    }


def recurrent(batch, steps, hidden, seconds):
    learning, batch = recurrent_learner(hidden), episodes(batch, steps)
    return median_ms(lambda: learning.update_rnn(batch), seconds)


@cache
def training():
    """XuanCe's agents, after the 1,000 steps without updates."""
    agent = make_runner().agent
    agent.train(100)
    return agent


def train(seconds):
    agent = training()
    return steps_per_second(lambda: agent.train(100), 1600, seconds)


serve({"update": update, "recurrent": recurrent, "train": train})
