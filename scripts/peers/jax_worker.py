"""Measures a hand-written update in JAX: what XuanCe's MADDPG learner computes, as one jitted function."""

from functools import cache

from protocol import median_ms, serve

import jax
import jax.numpy as jnp
import numpy as np

AGENTS, OBSERVATIONS, ACTIONS = 3, 18, 5
GAMMA, TAU = 0.95, 0.001
RATES = {"actor": 0.01, "critic": 0.001}


def initial(key, widths):
    """Weights and biases of a network whose layers have these widths."""
    keys = jax.random.split(key, len(widths) - 1)
    orthogonal = jax.nn.initializers.orthogonal()
    return [(orthogonal(k, (i, o)), jnp.zeros(o)) for k, i, o in zip(keys, widths, widths[1:])]


def layers(network, x):
    """The outputs of a network whose first layer has the pre-activations x [B, N, hidden]: [B, N, outputs]."""
    batch, agents, width = x.shape
    x = x.reshape(batch * agents, width)  # much faster than products with three axes
    for weights, bias in network[1:]:
        x = jax.nn.leaky_relu(x, 0.01) @ weights + bias
    return x.reshape(batch, agents, -1)


def actor(network, obs):
    """Actions of all agents, [B, N, actions]. An agent's id selects a row of weights, which costs no product."""
    weights, bias = network[0]
    x = obs.reshape(-1, OBSERVATIONS) @ weights[:OBSERVATIONS]
    x = x.reshape(*obs.shape[:2], -1) + (weights[OBSERVATIONS:] + bias)
    return jax.nn.sigmoid(layers(network, x))


def critic(network, obs, actions):
    """Values for all agents, [B, N]. The agents' rows differ in the id only: the joint part is computed once a sample."""
    batch = obs.shape[0]
    weights, bias = network[0]
    joint = jnp.concatenate([obs.reshape(batch, -1), actions.reshape(batch, -1)], axis=1)
    x = (joint @ weights[:-AGENTS])[:, None] + (weights[-AGENTS:] + bias)
    return layers(network, x)[..., 0]


def adam(network, moments, gradient, step, rate):
    """One step of Adam, as PyTorch computes it."""
    means, squares = moments
    means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradient)
    squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradient)
    size = rate / (1 - 0.9**step)
    correction = jnp.sqrt(1 - 0.999**step)
    moved = jax.tree.map(
        lambda p, m, v: p - size * m / (jnp.sqrt(v) / correction + 1e-5), network, means, squares
    )
    return moved, (means, squares)


def toward(target, online):
    return jax.tree.map(lambda t, p: (1 - TAU) * t + TAU * p, target, online)


def one_update(state, obs, actions, rewards, next_obs, terminals, mask):
    step = state["step"] + 1
    next_values = critic(state["target_critic"], next_obs, actor(state["target_actor"], next_obs))
    targets = rewards + (1 - terminals) * GAMMA * next_values

    def critic_loss(network):
        values = critic(network, obs, actions)
        return jnp.sum(((values - targets) * mask) ** 2) / mask.sum(), values.mean()

    (loss_critic, value), gradient = jax.value_and_grad(critic_loss, has_aux=True)(state["critic"])
    new_critic, critic_moments = adam(
        state["critic"], state["critic_moments"], gradient, step, RATES["critic"]
    )

    def actor_loss(network):
        return -jnp.sum(critic(new_critic, obs, actor(network, obs)) * mask) / mask.sum()

    loss_actor, gradient = jax.value_and_grad(actor_loss)(state["actor"])
    new_actor, actor_moments = adam(state["actor"], state["actor_moments"], gradient, step, RATES["actor"])
    state = {
        "step": step,
        "actor": new_actor,
        "critic": new_critic,
        "target_actor": toward(state["target_actor"], new_actor),
        "target_critic": toward(state["target_critic"], new_critic),
        "actor_moments": actor_moments,
        "critic_moments": critic_moments,
    }
    return state, jnp.stack([loss_critic, loss_actor, value])


class Learner:
    """Updates with one batch of random numbers, which arrives as NumPy arrays; reads the losses back."""

    def __init__(self, batch, hidden):
        keys = jax.random.split(jax.random.key(1))
        joint = AGENTS * (OBSERVATIONS + ACTIONS)
        networks = {
            "actor": initial(keys[0], [OBSERVATIONS + AGENTS, hidden, hidden, ACTIONS]),
            "critic": initial(keys[1], [joint + AGENTS, hidden, hidden, 1]),
        }
        self.state = {"step": jnp.float32(0), **networks}
        for name, network in networks.items():
            zeros = lambda: jax.tree.map(jnp.zeros_like, network)
            self.state[f"target_{name}"] = jax.tree.map(jnp.copy, network)
            self.state[f"{name}_moments"] = (zeros(), zeros())
        stream = np.random.default_rng(1)
        normal = lambda *shape: stream.standard_normal((batch, AGENTS, *shape), np.float32)
        ones = np.ones((batch, AGENTS), np.float32)
        actions = stream.random((batch, AGENTS, ACTIONS), np.float32)
        self.batch = (normal(OBSERVATIONS), actions, normal(), normal(OBSERVATIONS), 0 * ones, ones)
        self.compiled = jax.jit(one_update, donate_argnums=0)

    def update(self):
        self.state, info = self.compiled(self.state, *self.batch)
        jax.block_until_ready(self.state)
        return info.tolist()


learner = cache(Learner)


def update(batch, hidden, seconds):
    return median_ms(learner(batch, hidden).update, seconds)


serve({"update": update})
