"""Greedy policies of all agents from policy.safetensors, as modules of PyTorch. Written by maddpg export; see README.md."""
import json

import torch
from torch import nn

CELLS = {"GRU": nn.GRUCell, "LSTM": nn.LSTMCell}
ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "elu": nn.ELU}


class Model(nn.Module):
    """An actor or critic: networks (sub-policies or twin critics) of the same inputs, [..., width] each."""

    def __init__(self, spec, tensors):
        super().__init__()
        self.inputs, self.output, self.state = spec["inputs"], spec["output"], spec["state"]
        for k, part in enumerate(self.inputs):
            if "mean" in part:
                self.register_buffer(f"mean_{k}", tensors[part["mean"]])
                self.register_buffer(f"scale_{k}", tensors[part["scale"]])
        layers = [[module for layer in network for module in modules(layer, tensors)] for network in spec["networks"]]
        self.networks = nn.ModuleList(nn.Sequential(*network) for network in layers)

    def forward(self, *inputs, state=None, network=0):
        """Outputs [..., size] before they are clipped or chosen from; of a recurrent model with the next state, as a pair.

        State: [..., self.state], h of each recurrent layer in order, followed by c in an LSTM.
        """
        x = torch.cat([self.part(k, x) for k, x in enumerate(inputs)], -1)
        states = []
        for module in self.networks[network]:
            if isinstance(module, nn.RNNCellBase):
                after = advanced(module, x, state[..., sum(s.shape[-1] for s in states) :])
                x, states = after[0], [*states, *after]
            else:
                x = module(x)
        return (x, torch.cat(states, -1)) if states else x

    def act(self, obs, mask=None, sub_policy=0):
        """Actions for observations [..., width]: numbers [..., size], or choices [...] among those with mask 1."""
        if self.state > 0:
            raise ValueError("act: expected a policy without memory, got a recurrent one; call step()")
        return self.played(self(obs, network=sub_policy), mask)

    def step(self, obs, state, mask=None):
        """The same of a recurrent policy, and the next state. Zeros [..., self.state] begin an episode."""
        y, state = self(obs, state=state)
        return self.played(y, mask), state

    def played(self, y, mask):
        if self.output["kind"] == "box":
            return y.clamp(self.output["low"], self.output["high"])
        return (y if mask is None else y.masked_fill(mask == 0, -torch.inf)).argmax(-1)

    def part(self, k, x):
        if "mean" not in self.inputs[k]:
            return x
        limit = self.inputs[k]["range"]
        return ((x - getattr(self, f"mean_{k}")) * getattr(self, f"scale_{k}")).clamp(-limit, limit)


def advanced(cell, x, state):
    """The cell's states a step on, h first; before, they are the first in `state`."""
    rows, size = x.reshape(-1, x.shape[-1]), cell.hidden_size
    before = state.reshape(len(rows), -1).split(size, -1)
    after = [cell(rows, before[0])] if isinstance(cell, nn.GRUCell) else cell(rows, before[:2])
    return [s.reshape(*x.shape[:-1], size) for s in after]


def modules(layer, tensors):
    if "cell" in layer:
        cell = CELLS[layer["cell"]](tensors[layer["W_ih"]].shape[1], tensors[layer["W_hh"]].shape[1])
        names = {"weight_ih": "W_ih", "weight_hh": "W_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}
        cell.load_state_dict({theirs: tensors[layer[ours]] for theirs, ours in names.items()})
        yield cell
        return
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
