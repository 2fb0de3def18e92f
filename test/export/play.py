"""Plays episodes of mpe2 with exported policies: play.py ID EPISODES NUMPY_FOLDER ONNX_FOLDER. Prints mean returns by agent."""
import importlib
import json
import sys

import numpy as np
import onnxruntime


def numpy_actor(folder):
    sys.path.insert(0, folder)
    from policy import Policy

    policy = Policy(f"{folder}/policy.npz")
    return lambda obs: {agent: policy.act(agent, own) for agent, own in obs.items()}


def onnx_actor(folder):
    session = onnxruntime.InferenceSession(f"{folder}/policy.onnx", providers=["CPUExecutionProvider"])

    def act(obs):
        names = [f"{agent}/action" for agent in obs]
        outputs = session.run(names, {f"{agent}/obs": own[None] for agent, own in obs.items()})
        return {agent: y[0] for agent, y in zip(obs, outputs)}

    return act


def mean_returns(env_id, discrete, actor, episodes):
    env = importlib.import_module(f"mpe2.{env_id}").parallel_env(continuous_actions=not discrete, max_cycles=25)
    totals = {}
    obs, _ = env.reset(seed=0)
    for _ in range(episodes):
        while env.agents:
            obs, rewards, _, _, _ = env.step(actor(obs))
            for agent, reward in rewards.items():
                totals[agent] = totals.get(agent, 0) + float(np.float32(reward))
        obs, _ = env.reset()
    return {agent: total / episodes for agent, total in totals.items()}


env_id, kind, episodes, numpy_folder, onnx_folder = sys.argv[1:]
actors = {"numpy": numpy_actor(numpy_folder), "onnx": onnx_actor(onnx_folder)}
print(json.dumps({name: mean_returns(env_id, kind == "discrete", actor, int(episodes)) for name, actor in actors.items()}))
