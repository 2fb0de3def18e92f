"""Steps environments with PettingZoo's parallel API for maddpg, which starts this script and talks to it over pipes.

Frames, in both directions: u32 length, then that many bytes, little-endian. A request starts with a letter:
  O + JSON {module, options, timeout}    import the module; reply J + JSON {name, agents}
  M + JSON count                         create that many environments; reply J + JSON handle
  R, 3 bytes, u32 handle, f64 seeds      reset all of them, each with its seed; reply A
  S, 3 bytes, u32 handle, f32 actions    step all of them; reply A
Reply A, from byte 8: f64 rewards [E, N]; f32 next observations [E, SO], f32 observations to act on [E, SO]; u8
terminals [E, N], agent mask [E, N], ended [E]; and if the first reset showed action masks, u8 next action mask [E, SA],
action mask to act with [E, SA]. Errors are X + JSON {where, error}. When an episode ends, the next one
starts within the same step. Only frames go to standard output; whatever the environment prints goes to standard error.
At the end of the requests all environments are closed and the process exits, with code 0 unless a close() fails or
takes too long.
"""

import signal

# Ctrl-C is for maddpg, not for the environments or their child processes, which inherit the blocked signal.
# leave_when_interrupted() handles it.
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

CLOSING = 5.0  # seconds for closing all environments, equal to CLOSING in open.ts
INTERRUPTED = 130  # exit code

requests = SimpleQueue()  # ends with None
frames_in = os.fdopen(os.dup(0), "rb")
frames_out = os.fdopen(os.dup(1), "wb")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)


def read_requests():
    """Queues requests. Once maddpg is gone, the process exits soon, whatever an environment is doing."""
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
    While maddpg waits for a reply it cannot handle Ctrl-C, but in a terminal this process gets the signal too. The
    first one lets maddpg stop after a checkpoint; a second one ends this process if maddpg is waiting for it. A signal
    sent to maddpg alone is handled after the reply, or after python_timeout.
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
    """A request that cannot be fulfilled; `where` is the key at fault."""

    def __init__(self, where, error):
        super().__init__(error)
        self.where = where


class Broken(Refused):
    """An invalid result from an environment: `<where>: expected <what>, got <value>`."""

    def __init__(self, where, expected, got):
        super().__init__("outcome", f"{where}: expected {expected}, got {got}")


def shown(value):
    """A value for a message, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, (Number, str)):
        return str(value)[:80]
    if hasattr(value, "shape"):
        return f"shape {tuple(value.shape)}"
    kind = type(value).__name__
    return f"a {kind} of {len(value)}" if isinstance(value, (tuple, list, Mapping)) else f"a {kind}"


def outcome(method, names, result, dictionaries):
    """Checks the result of an environment's method; the first `dictionaries` parts must be dictionaries."""
    if not isinstance(result, (tuple, list)) or len(result) != len(names):
        raise Broken(method, ", ".join(names), shown(result))
    for name, part in zip(names[:dictionaries], result):
        if not isinstance(part, Mapping):
            raise Broken(name, "a dictionary with an entry per agent", shown(part))
    return result


def entry(values, name):
    """The entry of an agent, or None."""
    try:
        return values[name]
    except KeyError:
        return None


def number(values, what, name, expected):
    """The entry of an agent as a float; 1 for true."""
    value = entry(values, name)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Broken(f"{what}.{name}", expected, shown(value)) from None


def load(module_name, options):
    """The function that creates an environment, its agents, and its name."""
    sys.path[0] = os.getcwd()  # instead of this script's folder
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        raise Refused("python", str(error))
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
    """An agent's spaces, and the conversion of its observations and actions to and from rows of numbers."""

    def __init__(self, name, observation, action):
        import numpy as np

        self.name = name
        self.action = action
        self.kinds = (type(observation).__name__, type(action).__name__)
        if self.kinds[0] not in ("Box", "Discrete", "MultiBinary"):
            raise Refused("spaces", f"{self.kinds[0]} observations for {name}")
        if self.kinds[1] not in ("Box", "Discrete"):
            raise Refused("spaces", f"{self.kinds[1]} actions for {name}")
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
                raise Refused("spaces", f"action bounds {low.tolist()[:3]} and {high.tolist()[:3]} for {name}")
            self.choices = int(np.prod(action.shape))
            self.spec = {"kind": "box", "shape": [self.choices], "low": float(low[0]), "high": float(high[0])}

    def write(self, value, row):
        """Writes an observation into a row of numbers. No broadcasting: a wrong shape is an error."""
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


class ActionMasks:
    """infos[agent]["action_mask"]: an agent has one always or never, and the first info that may hold one decides."""

    def __init__(self):
        self.decided = {}  # whether an agent has masks, by name

    @property
    def present(self):
        return any(self.decided.values())

    def read(self, agent, infos, terminated, row):
        """Writes an agent's mask into a row of ones. A terminated agent needs none, and its mask may allow nothing."""
        import numpy as np

        info = entry(infos, agent.name) if isinstance(infos, Mapping) else None
        mask = info.get("action_mask") if isinstance(info, Mapping) else None
        where = f"infos.{agent.name}.action_mask"
        if mask is None and terminated:
            return
        if mask is not None and agent.kinds[1] != "Discrete":
            raise Broken(where, "no mask, since its action space is a Box", shown(mask))
        if self.decided.setdefault(agent.name, mask is not None) != (mask is not None):
            raise Broken(where, "no mask, as before" if mask is not None else "a mask, as before", shown(mask))
        if mask is None:
            return
        array = np.asarray(mask)
        if array.shape != (agent.choices,):
            raise Broken(where, f"{agent.choices} values, one per action", shown(mask))
        allowed = array == 1
        if not (allowed | (array == 0)).all():
            raise Broken(where, "0, 1, False or True", str(array.tolist())[:80])
        if allowed.any():
            row[:] = allowed
        elif not terminated:
            raise Broken(where, "at least one allowed action", "none")


class VectorEnv:
    """E environments with auto-reset. Agents that finish early are masked until the next episode."""

    def __init__(self, make, agents, count):
        import numpy as np

        self.envs = [make() for _ in range(count)]
        self.agents = agents
        n = len(agents)
        self.widths = sum(agent.width for agent in agents)
        self.actions = sum(agent.choices for agent in agents)
        self.action_masks = ActionMasks()
        size = 8 * count * n + 2 * 4 * count * self.widths + 2 * count * n + count
        masks = 2 * count * self.actions
        self.bytes = bytearray(b"A" + bytes(7 + size + masks))
        self.reply = memoryview(self.bytes)[: 8 + size]  # grows by the action masks if there are any
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
        self.next_allowed = array("u1", count, self.actions)
        self.allowed = array("u1", count, self.actions)

    def reset(self, seeds):
        for e, env in enumerate(self.envs):
            self.start(e, env, int(seeds[e]))
        if self.action_masks.present:
            self.reply = memoryview(self.bytes)
        else:
            self.action_masks.decided = {agent.name: False for agent in self.agents}
        self.next_obs[:] = self.obs
        self.next_allowed[:] = self.allowed
        self.rewards[:] = 0
        self.terminals[:] = 0
        self.mask[:] = [[agent.name in env.agents for agent in self.agents] for env in self.envs]
        self.ended[:] = 0

    def start(self, e, env, seed=None):
        result = env.reset() if seed is None else env.reset(seed=seed)
        observations, infos = outcome("reset()", ("observations", "infos"), result, dictionaries=1)
        if not env.agents:
            raise Broken("agents", "at least one agent in the new episode", "none")
        self.observe(observations, env.agents, self.obs[e])
        self.allow(infos, env.agents, {}, self.allowed[e])

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
        observations, rewards, terminations, _, infos = outcome("step()", names, env.step(given), dictionaries=3)
        for i, agent in enumerate(self.agents):
            took_part = agent.name in live
            self.mask[e, i] = took_part
            self.rewards[e, i] = number(rewards, "rewards", agent.name, "a number") if took_part else 0
            if took_part:
                self.terminals[e, i] = number(terminations, "terminations", agent.name, "true or false") != 0
            elif self.ended[e]:
                self.terminals[e, i] = 0
        self.observe(observations, live, self.next_obs[e])
        self.allow(infos, live, terminations, self.next_allowed[e])
        self.ended[e] = not env.agents
        if self.ended[e]:
            self.start(e, env)
        else:
            self.observe({name: entry(observations, name) for name in env.agents}, env.agents, self.obs[e])
            self.allow(infos, env.agents, {}, self.allowed[e])

    def allow(self, infos, live, terminations, row):
        """Writes action masks side by side, ones for agents without a mask."""
        row[:] = 1
        at = 0
        for agent in self.agents:
            if agent.name in live:
                terminated = bool(entry(terminations, agent.name))
                self.action_masks.read(agent, infos, terminated, row[at : at + agent.choices])
            at += agent.choices

    def observe(self, observations, live, row):
        """Writes observations side by side, zeros for agents outside the episode. `live` agents must have one."""
        at = 0
        for agent in self.agents:
            own = row[at : at + agent.width]
            if agent.name in live or agent.name in observations:
                agent.write(entry(observations, agent.name), own)
            else:
                own[:] = 0
            at += agent.width


# Packages whose frames do not help locate an error in an environment.
FOUNDATIONS = {"__main__", "gymnasium", "importlib", "numpy", "pettingzoo"}


def described(error, module_name):
    """`ValueError: bad (env.py:12)`: the error and the innermost line of the environment's own code."""
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
        self.envs = []  # to close at the end
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
            return (vector.reply,)
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
        # The watchdog prints where Python is stuck and exits.
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
            pass  # maddpg is gone, so the requests have ended too

    def run(self):
        try:
            while (body := requests.get()) is not None:
                self.busy = True
                self.respond(body)
                self.busy = False
        finally:
            self.close()

    def close(self):
        """Closes all environments. Exits with code 1 and a line on standard error if one fails."""
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
