"""XuanCe's own runner of MADDPG on simple_spread, with the settings it ships.

    python xuance_training.py STEPS START    trains for STEPS environment steps, with updates from START on
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
    steps, start = map(int, sys.argv[1:])
    make_runner(running_steps=steps, start_training=start).run(mode="train")
