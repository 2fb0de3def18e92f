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

    def begin():
        states = {agent: policy.initial_state(agent) for agent in policy.agents}

        def act(obs):
            answers = {agent: policy.step(agent, own, states[agent]) for agent, own in obs.items()}
            states.update({agent: state for agent, (_, state) in answers.items()})
            return {agent: action for agent, (action, _) in answers.items()}

        return act

    return begin


def onnx_actor(folder):
    session = onnxruntime.InferenceSession(f"{folder}/policy.onnx", providers=["CPUExecutionProvider"])
    widths = {i.name: i.shape[1] for i in session.get_inputs() if i.name.endswith("/state")}

    def begin():
        states = {name: np.zeros((1, width), np.float32) for name, width in widths.items()}

        def act(obs):
            names = [f"{agent}/action" for agent in obs]
            next_names = [name.replace("/state", "/next_state") for name in states]
            feeds = {f"{agent}/obs": own[None] for agent, own in obs.items()}
            outputs = session.run(names + next_names, {**feeds, **states})
            states.update(zip(states, outputs[len(names) :]))
            return {agent: y[0] for agent, y in zip(obs, outputs)}

        return act

    return begin


def mean_returns(env_id, discrete, actor, episodes):
    env = importlib.import_module(f"mpe2.{env_id}").parallel_env(continuous_actions=not discrete, max_cycles=25)
    totals = {}
    obs, _ = env.reset(seed=0)
    for _ in range(episodes):
        act = actor()
        while env.agents:
            obs, rewards, _, _, _ = env.step(act(obs))
            for agent, reward in rewards.items():
                totals[agent] = totals.get(agent, 0) + float(np.float32(reward))
        obs, _ = env.reset()
    return {agent: total / episodes for agent, total in totals.items()}


env_id, kind, episodes, numpy_folder, onnx_folder = sys.argv[1:]
actors = {"numpy": numpy_actor(numpy_folder), "onnx": onnx_actor(onnx_folder)}
print(json.dumps({name: mean_returns(env_id, kind == "discrete", actor, int(episodes)) for name, actor in actors.items()}))
