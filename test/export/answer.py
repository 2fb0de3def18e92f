"""Answers the checks of cases.ts with a runtime of Python: answer.py onnxruntime|numpy|torch CHECKS.json"""
import importlib.util
import json
import os
import sys

import numpy as np

ROWS = 1000
ENVIRONMENTS = 40


def episodes(check, inputs, mask, step):
    """Answers of recurrent actors, [ROWS, .], and the last states: step(obs, state, mask) -> answers and next state of a step."""
    begins = np.fromfile(check["begins"], np.float32)
    state = np.zeros((ENVIRONMENTS, check["state"]), np.float32)
    answers = []
    for first in range(0, ROWS, ENVIRONMENTS):
        rows = slice(first, first + ENVIRONMENTS)
        state = np.where(begins[rows, None] > 0, np.float32(0), state)
        answer, state = step(inputs[0][rows], state, None if mask is None else mask[rows])
        answers.append(answer)
    return np.concatenate(answers), state


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

        def step(obs, state, mask):
            both = [policy.step(agent, obs, state, m) for m in ([None] if mask is None else [None, mask])]
            return (np.stack([y for y, _ in both], axis=-1) if len(both) > 1 else both[0][0]), both[0][1]

        if check["state"] > 0:
            return episodes(check, inputs, mask, step)
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

        def step(obs, state, mask):
            obs, state = torch.from_numpy(obs), torch.from_numpy(state)
            masks = [None] if mask is None else [None, torch.from_numpy(mask)]
            both = [actors[agent].step(obs, state, m) for m in masks]
            return (torch.stack([y for y, _ in both], -1) if len(both) > 1 else both[0][0]).numpy(), both[0][1].numpy()

        if check["state"] > 0:
            with torch.no_grad():
                return episodes(check, inputs, mask, step)
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
        if critic:
            return own.run([f"value{suffix}"], {part["name"]: x for part, x in zip(check["inputs"], inputs)})[0]

        def act(mask, **feeds):
            names = [f"action{suffix}", *(["next_state"] if "state" in feeds else [])]
            outputs = own.run(names, feeds)
            # The file of all agents takes all observations.
            joint = {i.name: np.zeros((len(feeds["obs"]), i.shape[1]), np.float32) for i in common.get_inputs()}
            joint.update({f"{check['agent']}/{name}": x for name, x in feeds.items()})
            for y, other in zip(outputs, common.run([f"{check['agent']}/{name}" for name in names], joint), strict=True):
                assert np.array_equal(y, other)
            if mask is None:
                return outputs
            scores = own.run([f"scores{suffix}"], feeds)[0]
            return [np.stack([outputs[0], np.where(mask, scores, -np.inf).argmax(-1)], axis=-1), *outputs[1:]]

        if check["state"] > 0:
            return episodes(check, inputs, mask, lambda obs, state, mask: act(mask, obs=obs, state=state))
        return act(mask, obs=inputs[0])[0]

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
        answers = answer(check, inputs, mask)
        if check["state"] > 0:
            answers, state = answers
            state.tofile(f"{check['stem']}.{runtime}.state")
        answers.astype(np.float32).tofile(f"{check['stem']}.{runtime}")


main(*sys.argv[1:])
