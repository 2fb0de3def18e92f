"""Reads a checkpoint of maddpg: finds it in a run directory, compares it with its manifest, and decodes what acting needs."""

import hashlib
import json
import math
import re
from pathlib import Path

import numpy as np

FORMAT_VERSION = 1


class CheckpointError(ValueError):
    """A missing or damaged checkpoint: `<file>: expected <what>, got <value>`."""

    def __init__(self, where, expected, got):
        super().__init__(f"{where}: expected {expected}, got {got}")


def find_checkpoint(path, best=False):
    """The checkpoint folder that `path` means: itself, or the newest or best one of a run directory."""
    path = Path(path)
    if (path / "manifest.json").is_file():
        if best:
            raise CheckpointError(path, "a run directory with best=True", "a checkpoint")
        return path
    folder = path / "checkpoints" if (path / "checkpoints").is_dir() else path
    pointer = folder / ("best" if best else "latest")
    if not pointer.is_file():
        raise CheckpointError(path, "a run directory or checkpoint folder", f"no {pointer.name} checkpoint")
    name = pointer.read_text("utf-8").strip()
    if not re.fullmatch(r"step-\d{9,}", name):
        raise CheckpointError(pointer, "the name of a checkpoint beside it", repr(name[:80]))
    return folder / name


def read_checkpoint(folder):
    """The manifest, policy.json and the weights by name."""
    manifest = _json((folder / "manifest.json"), _bytes(folder / "manifest.json"))
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise CheckpointError(folder / "manifest.json", f"format_version {FORMAT_VERSION}", version)

    def verified(name):
        content = _bytes(folder / name)
        expected = manifest["files"][name]["sha256"]
        actual = hashlib.sha256(content).hexdigest()
        if actual != expected:
            raise CheckpointError(folder / name, f"SHA-256 {expected}", f"{actual}: it is damaged")
        return content

    policy = _json(folder / "policy.json", verified("policy.json"))
    if "eval_policy" not in policy or "actor_head" not in policy["groups"][0]:
        raise CheckpointError(
            folder / "policy.json", "what acting needs", "a checkpoint of an older maddpg; resume the run to save another"
        )
    return manifest, policy, _tensors(folder / "weights.safetensors", verified("weights.safetensors"))


def _bytes(file):
    try:
        return file.read_bytes()
    except OSError as error:
        raise CheckpointError(file, "a file of a checkpoint", error.strerror or error) from error


def _json(file, content):
    try:
        value = json.loads(content)
    except ValueError as error:
        raise CheckpointError(file, "JSON", error) from error
    if not isinstance(value, dict):
        raise CheckpointError(file, "a JSON object", type(value).__name__)
    return value


def _tensors(file, content):
    """Decodes safetensors of float32: u64 length of a JSON header, the header, the data."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = _json(file, content[8:end])
    data = memoryview(content)[end:]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise CheckpointError(file, f"tensor {name} of dtype F32", entry["dtype"])
        start = entry["data_offsets"][0]
        flat = np.frombuffer(data, "<f4", math.prod(entry["shape"]), start)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors
