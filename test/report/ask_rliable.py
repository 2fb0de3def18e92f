"""rliable's numbers for tasks on standard input, with the indices that its bootstrap drew, as JSON."""

import json
import sys

import numpy as np
from rliable import library, metrics

drawn = []
choice = np.random.choice


def recorded(n, shape, replace):
    indices = choice(n, shape, replace=replace)
    drawn.append(indices.T.ravel().tolist())  # in our order: [task][run]
    return indices


np.random.choice = recorded


def interval(scores, function, replicates):
    drawn.clear()
    np.random.seed(7)
    _, ends = library.get_interval_estimates(scores, function, reps=replicates)
    return {"ends": ends["it"].ravel().tolist(), "indices": [k for replicate in drawn for k in replicate]}


def answer(task):
    x = np.array(task["x"]).T  # rliable has [run][task]
    y = np.array(task["y"]).T
    profiles, _ = library.create_performance_profile({"it": x}, np.array(task["thresholds"]), reps=2)
    return {
        "iqm": metrics.aggregate_iqm(x),
        "gap": metrics.aggregate_optimality_gap(x, task["gamma"]),
        "profile": profiles["it"].tolist(),
        "improvement": metrics.probability_of_improvement(x, y),
        "iqm_interval": interval(
            {"it": x}, lambda s: np.array([metrics.aggregate_iqm(s)]), task["replicates"]
        ),
        "improvement_interval": interval(
            {"it": (x, y)},
            lambda a, b: np.array([metrics.probability_of_improvement(a, b)]),
            task["replicates"],
        ),
    }


json.dump([answer(task) for task in json.load(sys.stdin)], sys.stdout)
