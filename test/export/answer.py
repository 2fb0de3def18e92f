"""Answers the checks of cases.ts with a runtime of Python: answer.py onnxruntime|numpy|torch CHECKS.json"""
import importlib.util
import json
import os
import sys

import numpy as np

ROWS = 1000


def module(folder):
    """policy.py of an export."""
    spec = importlib.util.spec_from_file_location("policy", os.path.join(folder, "policy.py"))
    policy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(policy)
    return policy


def answers_of_numpy(folder):
    policy = module(f"{folder}/numpy").Policy(f"{folder}/numpy/policy.npz")

    def answer(check, inputs, mask):
        agent, network = check["agent"], check["network"]
        if check["model"] == "critic":
            return policy.value(agent, *inputs, critic=network)
        if mask is None:
            return policy.act(agent, *inputs, sub_policy=network)
        both = [policy.act(agent, *inputs, mask=m, sub_policy=network) for m in (None, mask)]
        return np.stack(both, axis=-1)

    return answer


def answers_of_torch(folder):
    import torch

    actors, critics = module(f"{folder}/torch").load(f"{folder}/torch/policy.safetensors")

    def answer(check, inputs, mask):
        agent, network = check["agent"], check["network"]
        given = [torch.from_numpy(x) for x in inputs]
        with torch.no_grad():
            if check["model"] == "critic":
                return critics[agent](*given, network=network).numpy()
            if mask is None:
                return actors[agent].act(*given, sub_policy=network).numpy()
            masks = (None, torch.from_numpy(mask))
            return torch.stack([actors[agent].act(*given, mask=m, sub_policy=network) for m in masks], -1).numpy()

    return answer


def answers_of_onnxruntime(folder):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1

    def session(name):
        return onnxruntime.InferenceSession(f"{folder}/onnx/{name}.onnx", options, providers=["CPUExecutionProvider"])

    common = session("policy")

    def answer(check, inputs, mask):
        critic = check["model"] == "critic"
        suffix = f"_{check['network']}" if check["networks"] > 1 else ""
        own = session(check["identifier"] + (".critic" if critic else ""))
        feeds = {part["name"]: x for part, x in zip(check["inputs"], inputs)}
        if critic:
            return own.run([f"value{suffix}"], feeds)[0]
        y = own.run([f"action{suffix}"], feeds)[0]
        # The file of all agents takes all observations.
        joint = {i.name: np.zeros((ROWS, i.shape[1]), np.float32) for i in common.get_inputs()}
        joint[f"{check['agent']}/obs"] = inputs[0]
        assert np.array_equal(y, common.run([f"{check['agent']}/action{suffix}"], joint)[0])
        if mask is None:
            return y
        scores = own.run([f"scores{suffix}"], feeds)[0]
        return np.stack([y, np.where(mask, scores, -np.inf).argmax(-1)], axis=-1)

    return answer


def main(runtime, file):
    with open(file, encoding="utf8") as opened:
        checks = json.load(opened)
    folder, answer = None, None
    for check in checks:
        if check["folder"] != folder:
            folder = check["folder"]
            answer = globals()[f"answers_of_{runtime}"](folder)
        inputs = [np.fromfile(x["file"], np.float32).reshape(ROWS, x["width"]) for x in check["inputs"]]
        mask = None
        if "mask" in check:
            mask = np.fromfile(check["mask"], np.float32).reshape(ROWS, check["width"])
        answer(check, inputs, mask).astype(np.float32).tofile(f"{check['stem']}.{runtime}")


main(*sys.argv[1:])
