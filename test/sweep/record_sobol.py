"""Writes data/sobol.json, SciPy's unscrambled Sobol points: python record_sobol.py > data/sobol.json"""

import json

import scipy
from scipy.stats import qmc

AT = [0, 54321]


def points(start, count):
    sequence = qmc.Sobol(32, scramble=False)
    if start > 0:
        sequence.fast_forward(start)
    return sequence.random(count).tolist()


print(json.dumps({"scipy": scipy.__version__, "runs": [{"start": at, "points": points(at, 64 if at == 0 else 3)} for at in AT]}))
