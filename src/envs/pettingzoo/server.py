"""Steps environments of PettingZoo's parallel API for maddpg, which starts this script and talks to it over pipes.

Frames, both ways: the length as u32, then so many bytes, all little-endian. A request starts with a letter:
  O + JSON {module, options, timeout}    load the module; answers J + JSON {name, agents}
  M + JSON count                         make so many environments; answers J + JSON handle
  R, 3 bytes, u32 handle, f64 seeds      reset all of them, each with its seed; answers A
  S, 3 bytes, u32 handle, f32 actions    one step of all of them; answers A
Answer A, from byte 8: f64 rewards [E, N]; f32 next observations [E, SO], f32 observations to act on [E, SO]; u8
terminals [E, N], agent mask [E, N], ended [E]. An error is X + JSON {where, error}. An episode that ends is followed by
the next one within the same step. Nothing but frames goes to standard output: whatever the environment prints is
sent to standard error. Where the requests end, all environments are closed, and the process leaves: the exit code is 0
unless one of them fails in close(), or takes too long.
"""

import signal

# Ctrl-C is for the program that started this one, not for environments or for processes that they start (which
# inherit what is blocked). leave_when_interrupted() takes notice of it.
if hasattr(signal, "pthread_sigmask"):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
else:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

import faulthandler
import importlib
import json
import os
import struct
import sys
import threading
import traceback
from collections.abc import Mapping
from numbers import Number
from queue import SimpleQueue

CLOSING = 5.0  # seconds for closing all environments; CLOSING of open.ts is the same
INTERRUPTED = 130  # exit code

requests = SimpleQueue()  # ends with None
frames_in = os.fdopen(os.dup(0), "rb")
frames_out = os.fdopen(os.dup(1), "wb")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)


def read_requests():
    """Sees to it that the process ends soon after the other side has gone, whatever an environment is doing."""
    while True:
        header = frames_in.read(4)
        length = struct.unpack("<I", header)[0] if len(header) == 4 else 0
        body = frames_in.read(length)
        if length == 0 or len(body) < length:
            faulthandler.dump_traceback_later(CLOSING, exit=True)
            requests.put(None)
            return
        requests.put(body)


def leave_when_interrupted(server):
    """
    The program that waits for an answer hears no Ctrl-C. In a terminal this process gets the signal too: at the first
    one the program is to stop after a checkpoint, at another the answer is not waited for any more. A signal that is
    sent to the program alone is heard when the answer has come, or python_timeout is over.
    """
    signal.sigwait({signal.SIGINT})
    while True:
        signal.sigwait({signal.SIGINT})
        if server.busy:
            os._exit(INTERRUPTED)


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


class Broken(Refused):
    """A fault of what an environment gave back: `<where>: expected <what>, got <value>`."""

    def __init__(self, where, expected, got):
        super().__init__("outcome", f"{where}: expected {expected}, got {got}")


def shown(value):
    """A value as a message shows it, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, (Number, str)):
        return str(value)[:80]
    if hasattr(value, "shape"):
        return f"shape {tuple(value.shape)}"
    kind = type(value).__name__
    return f"a {kind} of {len(value)}" if isinstance(value, (tuple, list, Mapping)) else f"a {kind}"


def outcome(method, names, result, dictionaries):
    """What a method of an environment gave back; the first ones have to be dictionaries."""
    if not isinstance(result, (tuple, list)) or len(result) != len(names):
        raise Broken(method, ", ".join(names), shown(result))
    for name, part in zip(names[:dictionaries], result):
        if not isinstance(part, Mapping):
            raise Broken(name, "a dictionary with an entry for each agent", shown(part))
    return result


def entry(values, name):
    """What a dictionary holds for an agent, None where that is nothing."""
    try:
        return values[name]
    except KeyError:
        return None


def number(values, what, name, expected):
    """The number that a dictionary holds for an agent: 1 for true."""
    value = entry(values, name)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Broken(f"{what}.{name}", expected, shown(value)) from None


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
        raise Refused("options", described(error, module_name))
    try:
        agents = [Agent(name, env.observation_space(name), env.action_space(name)) for name in env.possible_agents]
        name = (getattr(env, "metadata", None) or {}).get("name") or module_name
    finally:
        env.close()
    return make, agents, name


class Agent:
    """The spaces of an agent, and the way from and to rows of numbers."""

    def __init__(self, name, observation, action):
        import numpy as np

        self.name = name
        self.action = action
        self.kinds = (type(observation).__name__, type(action).__name__)
        if self.kinds[0] not in ("Box", "Discrete", "MultiBinary"):
            raise Refused("spaces", f"observations of {name} in a {self.kinds[0]} space")
        if self.kinds[1] not in ("Box", "Discrete"):
            raise Refused("spaces", f"actions of {name} in a {self.kinds[1]} space")
        if self.kinds[0] == "Discrete":
            self.width = int(observation.n)
            self.first = int(observation.start)
            self.expected = f"an integer from {self.first} to {self.first + self.width - 1}"
        else:
            self.shape = tuple(observation.shape)
            self.width = int(np.prod(self.shape))
            self.expected = f"{self.width} numbers (shape {self.shape})"
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
        """Turns an observation into a row of numbers. Nothing is broadcast: another shape is a mistake."""
        try:
            fits = self.choose(value, row) if self.kinds[0] == "Discrete" else self.fill(value, row)
        except (TypeError, ValueError):
            fits = False
        if not fits:
            raise Broken(f"observations.{self.name}", self.expected, shown(value))

    def choose(self, value, row):
        choice = int(value)
        if choice != value or not 0 <= choice - self.first < self.width:
            return False
        row[:] = 0
        row[choice - self.first] = 1
        return True

    def fill(self, value, row):
        import numpy as np

        array = np.asarray(value)
        if array.shape != self.shape:
            return False
        row[:] = array.reshape(-1)
        return True

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
        result = env.reset() if seed is None else env.reset(seed=seed)
        observations, _ = outcome("reset()", ("observations", "infos"), result, dictionaries=1)
        if not env.agents:
            raise Broken("agents", "the agents of the new episode", "none")
        self.observe(observations, env.agents, self.obs[e])

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
        names = ("observations", "rewards", "terminations", "truncations", "infos")
        observations, rewards, terminations, _, _ = outcome("step()", names, env.step(given), dictionaries=3)
        for i, agent in enumerate(self.agents):
            took_part = agent.name in live
            self.mask[e, i] = took_part
            self.rewards[e, i] = number(rewards, "rewards", agent.name, "a number") if took_part else 0
            if took_part:
                self.terminals[e, i] = number(terminations, "terminations", agent.name, "true or false") != 0
            elif self.ended[e]:
                self.terminals[e, i] = 0
        self.observe(observations, live, self.next_obs[e])
        self.ended[e] = not env.agents
        if self.ended[e]:
            self.start(e, env)
        else:
            self.observe({name: entry(observations, name) for name in env.agents}, env.agents, self.obs[e])

    def observe(self, observations, live, row):
        """Zeros for who has no observation. Nobody in the episode may lack one, not even after its last step."""
        at = 0
        for agent in self.agents:
            own = row[at : at + agent.width]
            if agent.name in live or agent.name in observations:
                agent.write(entry(observations, agent.name), own)
            else:
                own[:] = 0
            at += agent.width


# Packages whose lines say nothing about what is wrong in an environment.
FOUNDATIONS = {"__main__", "gymnasium", "importlib", "numpy", "pettingzoo"}


def described(error, module_name):
    """`ValueError: bad (env.py:12)`: what went wrong, and the innermost line of the environment's code where."""
    foreign = FOUNDATIONS - {module_name.split(".")[0]}
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).split(".")[0] not in foreign:
            place = f" ({os.path.basename(frame.f_code.co_filename)}:{line})"
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}{place}"


class Server:
    def __init__(self):
        self.timeout = 60.0
        self.module = ""
        self.envs = []  # all that have been made
        self.made = []
        self.busy = False

    def make(self):
        self.envs.append(self.make_one())
        return self.envs[-1]

    def handle(self, body):
        if chr(body[0]) in "RS":
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
        self.module = asked["module"]
        faulthandler.dump_traceback_later(self.timeout, exit=True)
        self.make_one, self.agents, name = load(self.module, asked["options"])
        agents = [{"name": a.name, "observation": a.width, "action": a.spec} for a in self.agents]
        return (b"J", json.dumps({"name": name, "agents": agents}).encode())

    def respond(self, body):
        # Where this takes too long, a watchdog of the interpreter says where it is stuck and ends the process.
        faulthandler.dump_traceback_later(self.timeout, exit=True)
        try:
            parts = self.handle(body)
        except Refused as error:
            parts = (b"X", json.dumps({"where": error.where, "error": str(error)}).encode())
        except Exception as error:
            parts = (b"X", json.dumps({"where": "running", "error": described(error, self.module)}).encode())
        faulthandler.cancel_dump_traceback_later()
        try:
            answer(*parts)
        except BrokenPipeError:
            pass  # nobody waits for it, and the requests are at their end too

    def run(self):
        try:
            while (body := requests.get()) is not None:
                self.busy = True
                self.respond(body)
                self.busy = False
        finally:
            self.close()

    def close(self):
        """Leaves an exit code of 1 and a line on standard error where an environment fails."""
        self.busy = True
        faulthandler.dump_traceback_later(CLOSING, exit=True)
        faults = []
        for env in self.envs:
            try:
                env.close()
            except Exception as error:
                faults.append(described(error, self.module))
        if faults:
            sys.exit("\n".join(faults))


server = Server()
threading.Thread(target=read_requests, daemon=True).start()
if hasattr(signal, "sigwait"):
    threading.Thread(target=leave_when_interrupted, args=(server,), daemon=True).start()
server.run()
