"""Steps environments of PettingZoo's parallel API for maddpg, which starts this script and talks to it over pipes.

Frames, both ways: the length as u32, then so many bytes, all little-endian. A request starts with a letter:
  O + JSON {module, options, timeout}    load the module; answers J + JSON {name, agents}
  M + JSON count                         make so many environments; answers J + JSON handle
  R, 3 bytes, u32 handle, f64 seeds      reset all of them, each with its seed; answers A
  S, 3 bytes, u32 handle, f32 actions    one step of all of them; answers A
Answer A, from byte 8: f64 rewards [E, N]; f32 next observations [E, SO], f32 observations to act on [E, SO]; u8
terminals [E, N], agent mask [E, N], ended [E]. An error is X + JSON {where, error}. An episode that ends is followed by
the next one within the same step. Nothing but frames goes to standard output: whatever the environment prints is
sent to standard error.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that started this one

import faulthandler
import importlib
import json
import os
import struct
import sys
import threading
import traceback
from queue import SimpleQueue

requests = SimpleQueue()
frames_in = os.fdopen(os.dup(0), "rb")
frames_out = os.fdopen(os.dup(1), "wb")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)


def read_requests():
    """Ends the process as soon as the other side has gone, whatever an environment is doing."""
    while True:
        header = frames_in.read(4)
        length = struct.unpack("<I", header)[0] if len(header) == 4 else 0
        body = frames_in.read(length)
        if length == 0 or len(body) < length:
            os._exit(0)
        requests.put(body)


def answer(*parts):
    frames_out.write(struct.pack("<I", sum(len(part) for part in parts)))
    for part in parts:
        frames_out.write(part)
    frames_out.flush()


class Refused(Exception):
    """A fault of what was asked for; `where` is the key to blame."""

    def __init__(self, where, error):
        super().__init__(error)
        self.where = where


def load(module_name, options):
    """The function that makes an environment, and what one of them says about its agents."""
    sys.path[0] = os.getcwd()  # not the folder of this script
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        raise Refused("python", f"an interpreter without numpy ({error})")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Refused("module", str(error))
    if not callable(getattr(module, "parallel_env", None)):
        raise Refused("parallel_env", "")

    def make():
        return module.parallel_env(**options)

    try:
        env = make()
    except (TypeError, ValueError, AssertionError) as error:
        raise Refused("options", described(error))
    agents = [Agent(name, env.observation_space(name), env.action_space(name)) for name in env.possible_agents]
    name = (getattr(env, "metadata", None) or {}).get("name") or module_name
    env.close()
    return make, agents, name


class Agent:
    """The spaces of an agent, and the way from and to rows of numbers."""

    def __init__(self, name, observation, action):
        import numpy as np

        self.name = name
        self.observation = observation
        self.action = action
        self.kinds = (type(observation).__name__, type(action).__name__)
        if self.kinds[0] not in ("Box", "Discrete", "MultiBinary"):
            raise Refused("spaces", f"observations of {name} in a {self.kinds[0]} space")
        if self.kinds[1] not in ("Box", "Discrete"):
            raise Refused("spaces", f"actions of {name} in a {self.kinds[1]} space")
        self.width = int(observation.n) if self.kinds[0] == "Discrete" else int(np.prod(observation.shape))
        if self.kinds[1] == "Discrete":
            self.choices = int(action.n)
            self.spec = {"kind": "discrete", "n": self.choices}
        else:
            low, high = np.unique(action.low), np.unique(action.high)
            if len(low) > 1 or len(high) > 1 or not np.isfinite(low[0]) or not np.isfinite(high[0]):
                raise Refused("spaces", f"actions of {name} with the bounds {low.tolist()[:3]} and {high.tolist()[:3]}")
            self.choices = int(np.prod(action.shape))
            self.spec = {"kind": "box", "shape": [self.choices], "low": float(low[0]), "high": float(high[0])}

    def write(self, value, row):
        if self.kinds[0] == "Discrete":
            row[:] = 0
            row[int(value) - int(self.observation.start)] = 1
        else:
            row[:] = value.reshape(-1)

    def read(self, row):
        if self.kinds[1] == "Discrete":
            return int(row.argmax()) + int(self.action.start)
        return row.astype(self.action.dtype).reshape(self.action.shape)


class VectorEnv:
    """E environments. Agents whose episode is over before that of the others are masked until the next one."""

    def __init__(self, make, agents, count):
        import numpy as np

        self.envs = [make() for _ in range(count)]
        self.agents = agents
        n = len(agents)
        self.widths = sum(agent.width for agent in agents)
        self.actions = sum(agent.choices for agent in agents)
        size = 8 * count * n + 2 * 4 * count * self.widths + 2 * count * n + count
        self.bytes = bytearray(b"A" + bytes(7 + size))
        at = 8

        def array(dtype, *shape):
            nonlocal at
            found = np.frombuffer(self.bytes, dtype, int(np.prod(shape)), at).reshape(shape)
            at += found.nbytes
            return found

        self.rewards = array("<f8", count, n)
        self.next_obs = array("<f4", count, self.widths)
        self.obs = array("<f4", count, self.widths)
        self.terminals = array("u1", count, n)
        self.mask = array("u1", count, n)
        self.ended = array("u1", count)

    def reset(self, seeds):
        for e, env in enumerate(self.envs):
            self.start(e, env, int(seeds[e]))
        self.next_obs[:] = self.obs
        self.rewards[:] = 0
        self.terminals[:] = 0
        self.mask[:] = [[agent.name in env.agents for agent in self.agents] for env in self.envs]
        self.ended[:] = 0

    def start(self, e, env, seed=None):
        observations, _ = env.reset() if seed is None else env.reset(seed=seed)
        if not env.agents:
            raise ValueError("reset() left no agents in the episode")
        self.observe(observations, self.obs[e])

    def step(self, actions):
        for e, env in enumerate(self.envs):
            self.advance(e, env, actions[e])

    def advance(self, e, env, row):
        live = list(env.agents)
        given = {}
        at = 0
        for agent in self.agents:
            if agent.name in live:
                given[agent.name] = agent.read(row[at : at + agent.choices])
            at += agent.choices
        observations, rewards, terminations, _, _ = env.step(given)
        for i, agent in enumerate(self.agents):
            took_part = agent.name in live
            self.mask[e, i] = took_part
            self.rewards[e, i] = rewards[agent.name] if took_part else 0
            if took_part:
                self.terminals[e, i] = bool(terminations[agent.name])
            elif self.ended[e]:
                self.terminals[e, i] = 0
        self.observe(observations, self.next_obs[e])
        self.ended[e] = not env.agents
        if self.ended[e]:
            self.start(e, env)
        else:
            self.observe({name: observations[name] for name in env.agents}, self.obs[e])

    def observe(self, observations, row):
        at = 0
        for agent in self.agents:
            own = row[at : at + agent.width]
            if agent.name in observations:
                agent.write(observations[agent.name], own)
            else:
                own[:] = 0
            at += agent.width


def described(error):
    """`ValueError: bad (env.py:12)`: what went wrong, and the innermost line where."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}{place}"


class Server:
    def __init__(self):
        self.timeout = 60.0
        self.made = []

    def handle(self, body):
        import_numpy = chr(body[0]) in "RS"
        if import_numpy:
            import numpy as np

            vector = self.made[struct.unpack_from("<I", body, 4)[0]]
            if body[0] == ord("R"):
                vector.reset(np.frombuffer(body, "<f8", offset=8))
            else:
                rows = np.frombuffer(body, "<f4", offset=8)
                vector.step(rows.reshape(len(vector.envs), vector.actions))
            return (vector.bytes,)
        asked = json.loads(body[1:])
        if body[0] == ord("M"):
            self.made.append(VectorEnv(self.make, self.agents, asked))
            return (b"J", json.dumps(len(self.made) - 1).encode())
        self.timeout = asked["timeout"]
        faulthandler.dump_traceback_later(self.timeout, exit=True)
        self.make, self.agents, name = load(asked["module"], asked["options"])
        agents = [{"name": a.name, "observation": a.width, "action": a.spec} for a in self.agents]
        return (b"J", json.dumps({"name": name, "agents": agents}).encode())

    def run(self):
        while True:
            body = requests.get()
            # Where this takes too long, a watchdog of the interpreter says where it is stuck and ends the process.
            faulthandler.dump_traceback_later(self.timeout, exit=True)
            try:
                parts = self.handle(body)
            except Refused as error:
                parts = (b"X", json.dumps({"where": error.where, "error": str(error)}).encode())
            except Exception as error:
                parts = (b"X", json.dumps({"where": "running", "error": described(error)}).encode())
            faulthandler.cancel_dump_traceback_later()
            answer(*parts)


threading.Thread(target=read_requests, daemon=True).start()
Server().run()
