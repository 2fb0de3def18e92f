"""The actors of a checkpoint in the form of policy.npz (export --format numpy), so that policy.py plays both.

policy.json lists networks; docs/algorithms.md says how they act. Two things are simpler in policy.npz, with the same result:
an agent's id is one-hot, so its column of the first weights is part of the agent's bias, and a gaussian head without noise is
activation_action(mu).
"""

import numpy as np

from .policy import CELLS, Policy

NOT_RECURRENT = {"cell": "GRU", "fc": [], "layers": 0, "width": 0}


class CheckpointPolicy(Policy):
    """The policy of a checkpoint, given policy.json and its weights."""

    def __init__(self, policy, weights):
        self.arrays = dict(weights)
        self.agents = {}
        networks = {network["name"]: network for network in policy["networks"]}
        offset = 0
        for i, spec in enumerate(policy["agents"]):
            group = next(group for group in policy["groups"] if i in group["agents"])
            columns = slice(offset, offset + spec["obsWidth"])
            offset = columns.stop
            names = actor_names(policy, group)
            self.agents[spec["name"]] = {
                "actor": {
                    "inputs": [self._input(spec, columns, policy.get("observation_norm"))],
                    "networks": [self._layers(networks[name], group, i, policy) for name in names],
                    "state": state_of(networks[names[0]]),
                    "output": output_of(spec),
                }
            }

    def _input(self, spec, columns, norm):
        width = {"name": "obs", "width": spec["obsWidth"]}
        if norm is None:
            return width
        mean, scale = f"{spec['name']}/mean", f"{spec['name']}/scale"
        self.arrays[mean] = self.arrays["observation/mean"][columns]
        std = self.arrays["observation/std"][columns].astype(np.float64)
        self.arrays[scale] = (1 / (std + norm["epsilon"])).astype(np.float32)
        return {**width, "mean": mean, "scale": scale, "range": norm["range"]}

    def _layers(self, network, group, i, policy):
        """Dense layers in front of recurrent ones, these, and those of the head."""
        name, recurrent = network["name"], network.get("recurrent", NOT_RECURRENT)
        front = [self._dense_layer(network, f"{name}/fc_", str(l)) for l in range(len(recurrent["fc"]))]
        cells = [
            {"cell": recurrent["cell"], **{leaf: f"{name}/rnn_{leaf}{l}" for leaf in ("W_ih", "W_hh", "b_ih", "b_hh")}}
            for l in range(recurrent["layers"])
        ]
        head = [self._dense_layer(network, f"{name}/", str(l)) for l in range(len(network["hidden"]))]
        last = self._dense_layer(network, f"{name}/", "_mu" if network.get("heads") else str(len(head)), last=True)
        if group["actor_head"] == "gaussian":
            last["activation"] = policy["activation_action"]
        head.append(last)
        if "id_i" in group["actor_input"]:
            self._fold_id(head[0], group, i)
        return front + cells + head

    def _dense_layer(self, network, prefix, leaf, last=False):
        layer = {
            "weight": f"{prefix}W{leaf}",
            "bias": f"{prefix}b{leaf}",
            "activation": network["outputActivation" if last else "activation"],
            "slope": network["negativeSlope"],
        }
        if not last and network.get("normalize"):
            layer.update(gain=f"{prefix}gain{leaf}", shift=f"{prefix}shift{leaf}")
        return layer

    def _fold_id(self, layer, group, i):
        """The id's columns are the last idWidth of the weights."""
        weight, bias = self.arrays[layer["weight"]], self.arrays[layer["bias"]]
        width = weight.shape[1] - group["idWidth"]
        place = group["agents"].index(i)
        layer.update(weight=f"{layer['weight']}/obs", bias=f"{layer['bias']}/{place}")
        self.arrays[layer["weight"]] = weight[:, :width]
        self.arrays[layer["bias"]] = bias + weight[:, width + place] if group["idWidth"] else bias


def state_of(network):
    """Numbers that a recurrent actor remembers."""
    recurrent = network.get("recurrent", NOT_RECURRENT)
    return CELLS[recurrent["cell"]][1] * recurrent["layers"] * recurrent["width"]


def actor_names(policy, group):
    """Of the actors that evaluation plays: one, or an ensemble's."""
    prefix = "target_" if policy["eval_policy"] == "target" else ""
    size = policy["ensemble_size"]
    actors = ["actor"] if size == 1 else [f"actor_{k}" for k in range(size)]
    return [f"{prefix}{actor}/{group['name']}" for actor in actors]


def output_of(spec):
    if spec["actionKind"] == "discrete":
        return {"kind": "discrete"}
    return {"kind": "box", "low": spec["actionLow"], "high": spec["actionHigh"]}
