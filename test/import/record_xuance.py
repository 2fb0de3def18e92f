"""Records test/import/data: checkpoints that XuanCe wrote, and what XuanCe does next with each.

python record_xuance.py OUT, with xuance==1.4.4, torch==2.13.0 (CPU), numpy and gymnasium. For every case OUT gets NAME.pth
(learner.save_model after three updates) and, in expected.json.gz, what XuanCe does with it: a new agent that has loaded it
acts, and the learner that wrote it makes its next update; all parameters after it. Of recurrent agents, recurrent.json.gz has
what they play only. XuanCe saves no temperature, so of soft
actors the new agent makes the update, with alpha 1. Arrays are {"shape", "f32"} as in
test/golden; `eps` are the draws of soft actors, in the order in which XuanCe makes them.
"""
import base64, gzip, json, sys
from argparse import Namespace
from pathlib import Path
from unittest.mock import MagicMock

# Logging is imported, not used.
for name in ["wandb", "torch.utils.tensorboard"]:
    sys.modules[name] = MagicMock()

import numpy as np
import torch
from gymnasium.spaces import Box
from xuance.torch import agents as A

OUT = Path(sys.argv[1])
N, WIDTH, B, ROWS, STEPS = 2, 12, 8, 5, 4  # simple_spread_v3 with N: 2
torch.set_num_threads(1)


def packed(x):
    x = np.ascontiguousarray(np.asarray(x, dtype=np.float32))
    return {"shape": list(x.shape), "f32": base64.b64encode(x.tobytes()).decode()}


def make(agent, shared, normalize, rnn=None):
    policies = {"MADDPG": "MADDPG_Policy", "MATD3": "MATD3_Policy", "IDDPG": "Independent_DDPG_Policy",
                "ISAC": "Gaussian_ISAC_Policy", "MASAC": "Gaussian_MASAC_Policy"}
    config = Namespace(
        agent=agent, learner=f"{agent}_Learner", policy=policies[agent], representation="Basic_Identical", env_name="mpe",
        env_id="simple_spread_v3", seed=1, device="cpu", dl_toolbox="torch", distributed_training=False, render=False,
        render_mode="rgb_array", fps=15, parallels=2, running_steps=2000, start_training=100, training_frequency=10, n_epochs=1,
        buffer_size=100, batch_size=B, use_parameter_sharing=shared, use_rnn=False, use_actions_mask=False,
        use_global_state=False, actor_hidden_size=[8, 8], critic_hidden_size=[12], activation="leaky_relu",
        activation_action="sigmoid", gamma=0.95, tau=0.01, learning_rate_actor=0.001, learning_rate_critic=0.002,
        start_noise=0.0, end_noise=0.0, actor_update_delay=2, use_grad_clip=True, grad_clip_norm=0.5,
        alpha=0.01, use_automatic_entropy_tuning=True, model_dir=str(OUT / "models"), log_dir=str(OUT / "logs"),
        logger="tensorboard", test_mode=False, episode_length=25, use_linear_lr_decay=False)
    if normalize:
        config.normalize = "LayerNorm"
    if rnn:
        config.use_rnn, config.representation, config.rnn, config.dropout = True, "Basic_RNN", rnn, 0
        config.fc_hidden_sizes, config.recurrent_hidden_size, config.N_recurrent_layers = [7], 6, 2
    keys = [f"agent_{i}" for i in range(N)]
    spaces = {k: Box(-np.inf, np.inf, (WIDTH,)) for k in keys}, {k: Box(0, 1, (5,)) for k in keys}
    # The length of episodes comes from environments only.
    envs = Namespace(num_agents=N, num_envs=2, agents=keys, state_space=None, observation_space=spaces[0],
                     action_space=spaces[1], max_episode_steps=STEPS) if rnn else None
    made = getattr(A, f"{agent}_Agents")(config, envs, N, keys, None, *spaces)
    return made, keys


def sample(keys, rng):
    new = lambda *shape: {k: rng.standard_normal(shape, dtype=np.float32) for k in keys}
    return {"batch_size": B, "obs": new(B, WIDTH), "obs_next": new(B, WIDTH), "rewards": new(B),
            "actions": {k: rng.random((B, 5), dtype=np.float32) for k in keys},
            "terminals": {k: (rng.random(B) < 0.2).astype(np.float32) for k in keys},
            "agent_mask": {k: (rng.random(B) < 0.9).astype(np.float32) for k in keys}}


def episodes(keys, rng):
    new = lambda *shape: {k: rng.standard_normal(shape, dtype=np.float32) for k in keys}
    ones = {k: np.ones((B, STEPS), np.float32) for k in keys}
    return {"batch_size": B, "sequence_length": STEPS, "obs": new(B, STEPS + 1, WIDTH), "rewards": new(B, STEPS),
            "actions": {k: rng.random((B, STEPS, 5), dtype=np.float32) for k in keys}, "terminals": ones,
            "agent_mask": ones, "filled": np.ones((B, STEPS), np.float32)}


def record_recurrent(agent, shared, rnn):
    """Three updates of a recurrent agent; what one that has loaded them plays in episodes, [ROWS, STEPS, N, .]."""
    name = f"{agent.lower()}_{'shared' if shared else 'independent'}_{rnn.lower()}"
    rng = np.random.default_rng(len(name))
    agents, keys = make(agent, shared, False, rnn)
    for _ in range(3):
        agents.learner.update_rnn(episodes(keys, rng))
    agents.learner.save_model(str(OUT / f"{name}.pth"))
    agents, keys = make(agent, shared, False, rnn)
    agents.learner.load_model(str(OUT / f"{name}.pth"))
    policy, played = agents.policy, []
    obs = rng.standard_normal((ROWS, STEPS, N, WIDTH), dtype=np.float32)
    for i, key in enumerate(keys):
        model = keys[0] if shared else key
        representation, net = policy.actor_representation[model], policy.actor[model]
        with torch.no_grad():
            x = representation(torch.from_numpy(obs[:, :, i]), *representation.init_hidden(ROWS))["state"]
            if shared:
                x = torch.cat([x, torch.eye(N)[i].expand(ROWS, STEPS, N)], -1)
            played.append(torch.sigmoid(net.out_mu(net.output(x))) if hasattr(net, "out_mu") else net(x))
    return name, {"agent": agent, "shared": shared, "rnn": rnn, "obs": packed(obs),
                  "actions": packed(np.stack([y.numpy() for y in played], 2))}


def actions(agents, obs, keys, shared):
    """Greedy: what the networks say, mu of soft actors through the activation."""
    policy, result = agents.policy, []
    for i, key in enumerate(keys):
        model = keys[0] if shared else key
        x = torch.from_numpy(obs[key])
        if shared:
            x = torch.cat([x, torch.eye(N)[i].expand(len(x), N)], -1)
        net = policy.actor[model]
        with torch.no_grad():
            result.append(torch.sigmoid(net.out_mu(net.output(x))) if hasattr(net, "out_mu") else net(x))
    return np.stack([r.numpy() for r in result], 1)


def record(agent, shared, normalize=False):
    name = "_".join([agent.lower(), "shared" if shared else "independent", *(["layernorm"] if normalize else [])])
    rng = np.random.default_rng(len(name))
    agents, keys = make(agent, shared, normalize)
    with torch.no_grad():
        for key, value in agents.policy.state_dict().items():
            if value.dtype == torch.float32:
                value += 0.05 * torch.randn(value.shape)
    for _ in range(3):
        agents.learner.update(sample(keys, rng))
    agents.learner.save_model(str(OUT / f"{name}.pth"))

    writer = agents
    agents, keys = make(agent, shared, normalize)
    agents.learner.load_model(str(OUT / f"{name}.pth"))
    obs = {k: rng.standard_normal((ROWS, WIDTH), dtype=np.float32) for k in keys}
    acted = actions(agents, obs, keys, shared)
    batch = sample(keys, rng)
    draws, normal = [], torch.distributions.Normal.rsample
    def drawn(self, sample_shape=torch.Size()):
        eps = torch.randn(self._extended_shape(sample_shape))
        draws.append(packed(eps))
        return self.loc + eps * self.scale
    torch.distributions.Normal.rsample = drawn
    next_up = agents if agent.endswith("SAC") else writer
    info = next_up.learner.update(batch)
    torch.distributions.Normal.rsample = normal
    stack = lambda field: packed(np.stack([batch[field][k] for k in keys], 1))
    return name, {
        "agent": agent, "shared": shared, "normalize": normalize,
        "obs": packed(np.stack([obs[k] for k in keys], 1)), "actions": packed(acted),
        "batch": {field: stack(field) for field in batch if field != "batch_size"}, "eps": draws,
        "info": {k: float(v) for k, v in info.items()},
        "after": {k: packed(v.numpy()) for k, v in next_up.policy.state_dict().items()},
        "log_alpha": {k: float(v.detach()) for k, v in getattr(next_up.learner, "log_alpha", {}).items()},
    }


if __name__ == "__main__":
    cases = [record(agent, shared) for agent in ["MADDPG", "MATD3", "IDDPG", "ISAC", "MASAC"] for shared in [True, False]]
    cases.append(record("MADDPG", True, normalize=True))
    with open(OUT / "expected.json.gz", "wb") as file:
        file.write(gzip.compress(json.dumps(dict(cases)).encode(), 9, mtime=0))
    recurrent = [("MADDPG", True, "GRU"), ("MATD3", False, "LSTM"), ("MASAC", True, "LSTM"), ("IDDPG", False, "GRU")]
    with open(OUT / "recurrent.json.gz", "wb") as file:
        file.write(gzip.compress(json.dumps(dict(record_recurrent(*case) for case in recurrent)).encode(), 9, mtime=0))
