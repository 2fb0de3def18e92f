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


class Policy:
    def __init__(self, file):
        self.arrays = dict(np.load(file))
        self.agents = json.loads(self.arrays.pop("policy.json").tobytes())["agents"]

    def act(self, agent, obs, mask=None, sub_policy=0):
        """Actions for observations [..., width]: numbers [..., size], or choices [...] among those with mask 1."""
        actor = self.agents[agent]["actor"]
        y, output = self._run(actor, [obs], sub_policy), actor["output"]
        if output["kind"] == "box":
            return np.clip(y, np.float32(output["low"]), np.float32(output["high"]))
        return np.argmax(y if mask is None else np.where(mask, y, -np.inf), axis=-1)

    def value(self, agent, *inputs, critic=0):
        """Q [..., 1] of an agent's critic (export --critics) for the inputs that README.md names."""
        return self._run(self.agents[agent]["critic"], inputs, critic)

    def _run(self, model, inputs, network):
        x = np.concatenate([self._normalize(*pair) for pair in zip(model["inputs"], inputs, strict=True)], axis=-1)
        for layer in model["networks"][network]:
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
