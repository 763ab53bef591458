"""Figures of the deep agents."""

from itertools import product

import numpy as np

from figures_of.drawing import IMAGES, RESULTS, draw_comparison, figure, panels, write
from rlnotes import catalog, compare
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.analysis.series import series
from rlnotes.envs import Catch, MemoryLength
from rlnotes.nn.activations import ACTIVATIONS
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@figure
def memory() -> None:
    """regret by body on a task that needs to remember a sign for ten steps, for the documentation [notes 7, 9.3]"""
    agents = [
        PPO(network=Network(body=body, widths=[32], window=12)) for body in ("mlp", "rnn", "lstm", "gru", "attention")
    ]
    comparison = compare(agents, MemoryLength(), steps=20_000, runs=10)
    draw_comparison(comparison, IMAGES / "memory.png", "episode_regret")


@figure
def parts() -> None:
    """return of DQN on catch by activation, initialisation and normalisation [notes 3, 4, 5]"""
    columns = list(product(("none", "layer", "batch"), ("auto", "torch")))
    names = list(ACTIVATIONS)
    found = np.empty((len(names), len(columns)))
    for (i, activation), (j, (normalisation, scheme)) in product(enumerate(names), enumerate(columns)):
        network = Network("mlp", [32] * 4, activation, scheme, normalisation)
        agent = DQN(network=network, begin_after=200, epsilon="linear:1:0.05:2000", copy_every=200)
        _, returns = series(simulate(Cell(agent, Catch(rows=5, columns=5), steps=4_000, runs=10)), "return")
        found[i, j] = returns[:, -100:].mean()
        print(f"{activation}, {normalisation}, {scheme}: {found[i, j]:.2f}", flush=True)
    drawn, (axes,) = panels()
    axes.imshow(found, vmin=-1, vmax=1, cmap="viridis", aspect="auto")
    for (i, j), mean in np.ndenumerate(found):
        axes.text(j, i, f"{mean:.2f}", ha="center", va="center", color="w" if mean < 0.3 else "k")
    axes.set_xticks(range(len(columns)), [f"{norm}\n{scheme}" for norm, scheme in columns])
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="normalisation, initialisation", title="mean return of the last 100 episodes")
    write(drawn, RESULTS / "parts.png", dpi=120)


@figure
def ours_and_theirs() -> None:
    """PPO and DQN of this project and of stable-baselines3 on CartPole-v1, with the same settings"""
    ppo = {"rollout": 256, "minibatch": 64, "epochs": 10, "learning_rate": 1e-3, "clip_gradient": 10.0}
    dqn = {"capacity": 20_000, "batch": 64, "begin_after": 1_000, "copy_every": 500, "learning_rate": 1e-3}
    agents = [
        PPO(**ppo),
        catalog.make("agent", "sb3_ppo", ppo),
        DQN(**dqn, double=False, epsilon="linear:1:0.05:10000"),
        catalog.make("agent", "sb3_dqn", dqn | {"exploration_fraction": 0.5}),
    ]
    comparison = compare(agents, "CartPole-v1", steps=20_000, runs=4)
    draw_comparison(comparison, RESULTS / "ours_and_theirs.png", "return", window=5)
