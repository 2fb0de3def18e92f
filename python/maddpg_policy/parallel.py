"""ParallelPolicy: acts for all agents of a PettingZoo parallel environment."""

import numpy as np

from .actors import CheckpointPolicy
from .checkpoint import find_checkpoint, read_checkpoint


def load(path, best=False):
    """The policy of a run directory (its newest, or best, checkpoint) or of a checkpoint folder. Throws CheckpointError."""
    checkpoint = find_checkpoint(path, best)
    return ParallelPolicy(checkpoint, *read_checkpoint(checkpoint))


class ParallelPolicy:
    """Plays as `maddpg eval` does, without noise. A recurrent policy remembers its episode until reset()."""

    def __init__(self, checkpoint, manifest, policy, weights):
        self.checkpoint = str(checkpoint)
        self.step = manifest["step"]
        self.env_id = policy.get("env_id")
        self.ensemble_size = policy["ensemble_size"]
        self._policy = CheckpointPolicy(policy, weights)
        self.agents = list(self._policy.agents)
        self._states = {}
        self._groups = [[self.agents[i] for i in group["agents"]] for group in policy["groups"]]

    def act(self, observations, infos=None, sub_policy=0):
        """Actions by agent, for observations [..., width] by agent.

        Box: float32 [..., size]. Discrete: a choice from 0, among those that infos[agent]["action_mask"] allows, if there
        is one. sub_policy: which of an ensemble acts, for all agents or by agent (draw()).
        """
        return {agent: self._act(agent, own, (infos or {}).get(agent, {}), sub_policy) for agent, own in observations.items()}

    def reset(self, ended=None):
        """Call it where an episode begins: a recurrent policy forgets the one before.

        ended [...]: of observations [..., width], those whose episodes have ended; default all.
        """
        if ended is None:
            self._states.clear()
        for agent, state in self._states.items():
            self._states[agent] = np.where(np.asarray(ended)[..., None], np.float32(0), state)

    def draw(self, rng):
        """Sub-policies by agent for an episode, as evaluation draws them: agents that share parameters have the same one.

        rng: a numpy.random.Generator.
        """
        return {agent: k for group in self._groups for k in [int(rng.integers(self.ensemble_size))] for agent in group}

    def _act(self, agent, observation, info, sub_policy):
        if agent not in self._policy.agents:
            raise ValueError(f"observations: expected agents of {self.checkpoint} ({', '.join(self.agents)}), got {agent}")
        width = self._policy.agents[agent]["actor"]["inputs"][0]["width"]
        observation = np.asarray(observation, np.float32)
        if observation.shape[-1:] != (width,):
            raise ValueError(f"observations[{agent!r}]: expected [..., {width}] numbers, got shape {observation.shape}")
        k = sub_policy[agent] if isinstance(sub_policy, dict) else sub_policy
        if not 0 <= k < self.ensemble_size:
            raise ValueError(f"sub_policy: expected a number from 0 to {self.ensemble_size - 1}, got {k}")
        state = self._state(agent, observation.shape[:-1])
        action, state = self._policy.step(agent, observation, state, info.get("action_mask"), k)
        if state.shape[-1] > 0:
            self._states[agent] = state
        return int(action) if action.ndim == 0 else action

    def _state(self, agent, shape):
        initial = self._policy.initial_state(agent, shape)
        state = self._states.get(agent, initial)
        if state.shape != initial.shape:
            raise ValueError(
                f"observations[{agent!r}]: expected as many as in the step before, {state.shape[:-1]}, got {shape}; "
                "call reset() where episodes begin"
            )
        return state
