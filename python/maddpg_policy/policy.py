"""Greedy policies of all agents from policy.npz, with NumPy alone: maddpg export --format numpy writes both."""
import json

import numpy as np

ACTIVATIONS = {
    "none": lambda x, slope: x,
    "relu": lambda x, slope: np.maximum(x, 0),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, x * np.float32(slope)),
    "sigmoid": lambda x, slope: 1 / (1 + np.exp(-np.maximum(x, -87))),
    "tanh": lambda x, slope: np.tanh(x),
    "elu": lambda x, slope: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
}


def sigmoid(x):
    return ACTIVATIONS["sigmoid"](x, 0)


def gru(a, v, h):
    """[h] a step on, from what the gates r, z and n add up: a from the inputs, v from h."""
    (a_r, a_z, a_n), (v_r, v_z, v_n) = np.split(a, 3, -1), np.split(v, 3, -1)
    z = sigmoid(a_z + v_z)
    return [(1 - z) * np.tanh(a_n + sigmoid(a_r + v_r) * v_n) + z * h]


def lstm(a, v, h, c):
    """[h, c] a step on; gates i, f, g and o."""
    i, f, g, o = np.split(a + v, 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


CELLS = {"GRU": (gru, 1), "LSTM": (lstm, 2)}


class Policy:
    def __init__(self, file):
        self.arrays = dict(np.load(file))
        self.agents = json.loads(self.arrays.pop("policy.json").tobytes())["agents"]

    def act(self, agent, obs, mask=None, sub_policy=0):
        """Actions for observations [..., width]: numbers [..., size], or choices [...] among those with mask 1."""
        if self.agents[agent]["actor"]["state"] > 0:
            raise ValueError(f"act: expected a policy without memory, got the recurrent one of {agent}; call step()")
        return self.step(agent, obs, self.initial_state(agent, np.shape(obs)[:-1]), mask, sub_policy)[0]

    def step(self, agent, obs, state, mask=None, sub_policy=0):
        """The same, and the next state. State: [..., size], of an episode's first step initial_state()."""
        actor = self.agents[agent]["actor"]
        y, state = self._run(actor, [obs], np.asarray(state, np.float32), sub_policy)
        output = actor["output"]
        if output["kind"] == "box":
            return np.clip(y, np.float32(output["low"]), np.float32(output["high"])), state
        return np.argmax(y if mask is None else np.where(mask, y, -np.inf), axis=-1), state

    def initial_state(self, agent, shape=()):
        """The state [*shape, size] where an episode begins: zeros. Without recurrence, size is 0."""
        return np.zeros((*shape, self.agents[agent]["actor"]["state"]), np.float32)

    def value(self, agent, *inputs, critic=0):
        """Q [..., 1] of an agent's critic (export --critics) for the inputs that README.md names."""
        return self._run(self.agents[agent]["critic"], inputs, None, critic)[0]

    def _run(self, model, inputs, state, network):
        """Outputs, and the next state: h of each recurrent layer in order, followed by c in an LSTM."""
        x = np.concatenate([self._normalize(*pair) for pair in zip(model["inputs"], inputs, strict=True)], axis=-1)
        states = []
        for layer in model["networks"][network]:
            if "cell" in layer:
                after = self._recurrent(layer, x, state[..., sum(s.shape[-1] for s in states) :])
                x, states = after[0], states + after
            else:
                x = self._dense(layer, x)
        return x, np.concatenate(states, -1) if states else state

    def _recurrent(self, layer, x, state):
        """The layer's states a step on; they are the first in `state`."""
        w_ih, w_hh, b_ih, b_hh = (self.arrays[layer[name]] for name in ("W_ih", "W_hh", "b_ih", "b_hh"))
        cell, count = CELLS[layer["cell"]]
        before = np.split(state[..., : count * w_hh.shape[1]], count, -1)
        return cell(x @ w_ih.T + b_ih, before[0] @ w_hh.T + b_hh, *before)

    def _dense(self, layer, x):
        x = x @ self.arrays[layer["weight"]].T + self.arrays[layer["bias"]]
        x = ACTIVATIONS[layer["activation"]](x, layer["slope"])
        if "gain" in layer:
            x = x - x.mean(-1, keepdims=True)
            x = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-5))
            x = x * self.arrays[layer["gain"]] + self.arrays[layer["shift"]]
        return x

    def _normalize(self, spec, x):
        x = np.asarray(x, np.float32)
        if "mean" not in spec:
            return x
        x = (x - self.arrays[spec["mean"]]) * self.arrays[spec["scale"]]
        return np.clip(x, np.float32(-spec["range"]), np.float32(spec["range"]))
