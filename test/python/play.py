"""Acts and plays with maddpg_policy: play.py CASES. Prints actions and mean returns of each case as JSON.

A case: {run, questions: [{observations, infos, sub_policy, begins}], env_id?, discrete, episodes}.
"""
import importlib
import json
import sys

import maddpg_policy
import numpy as np


def plain(action):
    return action if isinstance(action, int) else action.tolist()


def actions(policy, questions):
    answers = []
    for q in questions:
        if q["begins"]:
            policy.reset()
        answers.append(policy.act(q["observations"], q["infos"], q["sub_policy"]))
    return [{agent: plain(action) for agent, action in answer.items()} for answer in answers]


def mean_returns(policy, env_id, discrete, episodes):
    env = importlib.import_module(f"mpe2.{env_id}").parallel_env(continuous_actions=not discrete, max_cycles=25)
    totals = {agent: 0.0 for agent in policy.agents}
    observations, infos = env.reset(seed=0)
    for _ in range(episodes):
        policy.reset()
        while env.agents:
            observations, rewards, _, _, infos = env.step(policy.act(observations, infos))
            for agent, reward in rewards.items():
                totals[agent] += float(np.float32(reward))
        observations, infos = env.reset()
    return {agent: total / episodes for agent, total in totals.items()}


results = []
for case in json.load(open(sys.argv[1])):
    policy = maddpg_policy.load(case["run"])
    returns = mean_returns(policy, case["env_id"], case["discrete"], case["episodes"]) if case["episodes"] else {}
    results.append({"step": policy.step, "actions": actions(policy, case["questions"]), "returns": returns})
print(json.dumps(results))
