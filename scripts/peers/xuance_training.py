"""XuanCe's own runner of MADDPG on simple_spread, with the settings it ships.

    python xuance_training.py STEPS    trains for so many environment steps
"""

import argparse
import sys

import torch
from xuance import get_runner

torch.set_num_threads(1)


def make_runner(**settings):
    """The runner, with some of its settings replaced. It writes logs and models into the working directory."""
    settings = argparse.Namespace(device="cpu", **settings)
    return get_runner(algo="maddpg", env="mpe", env_id="simple_spread_v3", parser_args=settings)


if __name__ == "__main__":
    make_runner(running_steps=int(sys.argv[1])).run(mode="train")
