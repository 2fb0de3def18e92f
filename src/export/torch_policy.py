"""Greedy policies of all agents from policy.safetensors, as modules of PyTorch. Written by maddpg export; see README.md."""
import json

import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "elu": nn.ELU}


class Model(nn.Module):
    """An actor or critic: networks (sub-policies or twin critics) of the same inputs, [..., width] each."""

    def __init__(self, spec, tensors):
        super().__init__()
        self.inputs, self.output = spec["inputs"], spec["output"]
        for k, part in enumerate(self.inputs):
            if "mean" in part:
                self.register_buffer(f"mean_{k}", tensors[part["mean"]])
                self.register_buffer(f"scale_{k}", tensors[part["scale"]])
        layers = [[module for layer in network for module in modules(layer, tensors)] for network in spec["networks"]]
        self.networks = nn.ModuleList(nn.Sequential(*network) for network in layers)

    def forward(self, *inputs, network=0):
        """Outputs [..., size] before they are clipped or chosen from."""
        return self.networks[network](torch.cat([self.part(k, x) for k, x in enumerate(inputs)], -1))

    def act(self, obs, mask=None, sub_policy=0):
        """Actions for observations [..., width]: numbers [..., size], or choices [...] among those with mask 1."""
        y = self(obs, network=sub_policy)
        if self.output["kind"] == "box":
            return y.clamp(self.output["low"], self.output["high"])
        return (y if mask is None else y.masked_fill(mask == 0, -torch.inf)).argmax(-1)

    def part(self, k, x):
        if "mean" not in self.inputs[k]:
            return x
        limit = self.inputs[k]["range"]
        return ((x - getattr(self, f"mean_{k}")) * getattr(self, f"scale_{k}")).clamp(-limit, limit)


def modules(layer, tensors):
    outputs, inputs = tensors[layer["weight"]].shape
    linear = nn.Linear(inputs, outputs)
    linear.load_state_dict({"weight": tensors[layer["weight"]], "bias": tensors[layer["bias"]]})
    yield linear
    if layer["activation"] == "leaky_relu":
        yield nn.LeakyReLU(layer["slope"])
    elif layer["activation"] != "none":
        yield ACTIVATIONS[layer["activation"]]()
    if "gain" in layer:
        norm = nn.LayerNorm(outputs, eps=1e-5)
        norm.load_state_dict({"weight": tensors[layer["gain"]], "bias": tensors[layer["shift"]]})
        yield norm


def load(file):
    """Actors and critics (with export --critics) by agent."""
    with open(file, "rb") as opened:
        data = opened.read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    policy = json.loads(header.pop("__metadata__")["policy"])
    tensors = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[start + first : start + end]), dtype=torch.float32)
        tensors[name] = flat.reshape(entry["shape"])
    actors = {name: Model(agent["actor"], tensors) for name, agent in policy["agents"].items()}
    critics = {name: Model(agent["critic"], tensors) for name, agent in policy["agents"].items() if "critic" in agent}
    return actors, critics
