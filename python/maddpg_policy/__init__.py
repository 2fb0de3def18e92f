"""Plays policies that maddpg trained, in PettingZoo's parallel environments, with NumPy alone; see load()."""

from .checkpoint import CheckpointError
from .parallel import ParallelPolicy, load

__all__ = ["CheckpointError", "ParallelPolicy", "load"]
