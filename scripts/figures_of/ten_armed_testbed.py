"""Figures of Sutton & Barto's chapter 2: the ten-armed testbed."""

from typing import Any

import numpy as np

from figures_of.drawing import figure, panels, save
from rlnotes.agents import UCB1, GradientBandit, OptimisticGreedy
from rlnotes.analysis.series import series, since_last
from rlnotes.envs import GaussianBandit
from rlnotes.figures.style import COLOURS
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def course(agent: Any, env: Any, steps: int, runs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps, the mean reward since the last of them, and the percentage of steps since then with the best arm."""
    result = simulate(Cell(agent, env, steps, runs))
    t, reward = since_last(result.data["steps"], result.data["reward"])
    _, share = series(result, "optimal")
    return t, reward.mean(axis=0), 100 * share.mean(axis=0)


def ten_arms(name: str, agents: dict[str, Any], optimal: bool, reward: bool, env: Any = None) -> None:
    """Draw the average reward, or the percentage of optimal actions, or both, over 1,000 steps of the testbed."""
    drawn, axes = panels(reward + optimal)
    for (label, agent), colour in zip(agents.items(), COLOURS, strict=False):
        t, paid, best = course(agent, env or GaussianBandit(), 1_000, 2_000)
        for panel, y in zip(axes, [paid] * reward + [best] * optimal, strict=True):
            panel.plot(t, y, color=colour, label=label, linewidth=1)
        print(f"{label}: average reward {paid[-20:].mean():.2f}, optimal action {best[-20:].mean():.0f} % at the end")
    for panel, words in zip(axes, ["average reward"] * reward + ["% optimal action"] * optimal, strict=True):
        panel.set(ylabel=words, **({"ylim": (0, 100)} if words[0] == "%" else {}))
    save(drawn, name, xlabel="steps")


def epsilon_greedy(epsilon: float) -> OptimisticGreedy:
    """The ε-greedy agent of Sutton & Barto: a mean is 0 before the first reward."""
    return OptimisticGreedy(initial=0.0, alpha=None, epsilon=epsilon)


@figure
def figure_2_2() -> None:
    """ε-greedy on the ten-armed testbed"""
    agents = {"ε = 0.1": 0.1, "ε = 0.01": 0.01, "ε = 0 (greedy)": 0.0}
    ten_arms("figure_2_2", {label: epsilon_greedy(e) for label, e in agents.items()}, optimal=True, reward=True)


@figure
def figure_2_3() -> None:
    """optimistic initial values on the ten-armed testbed"""
    agents = {
        "optimistic, greedy: Q₁ = 5, ε = 0": OptimisticGreedy(),
        "realistic, ε-greedy: Q₁ = 0, ε = 0.1": OptimisticGreedy(initial=0.0, epsilon=0.1),
    }
    ten_arms("figure_2_3", agents, optimal=True, reward=False)


@figure
def figure_2_4() -> None:
    """upper confidence bounds on the ten-armed testbed"""
    agents = {"UCB, c = 2": UCB1(c=2.0), "ε-greedy, ε = 0.1": epsilon_greedy(0.1)}
    ten_arms("figure_2_4", agents, optimal=False, reward=True)


class Raised(GaussianBandit):
    """The testbed, with means around 4."""

    def draw_means(self, shape: tuple[int, int]) -> np.ndarray:
        return 4 + super().draw_means(shape)


@figure
def figure_2_5() -> None:
    """gradient bandit with and without a baseline, on the testbed with means around 4"""
    agents = {
        f"α = {alpha}, with{'' if baseline else 'out'} baseline": GradientBandit(alpha=alpha, baseline=baseline)
        for baseline in (True, False)
        for alpha in (0.1, 0.4)
    }
    ten_arms("figure_2_5", agents, optimal=True, reward=False, env=Raised())


@figure
def figure_2_6(runs: int = 2_000) -> None:
    """parameter study of the ten-armed testbed"""
    drawn, (axes,) = panels()
    families: dict[str, tuple[Any, range]] = {
        "ε-greedy, ε": (epsilon_greedy, range(-7, -1)),
        "gradient bandit, α": (lambda x: GradientBandit(alpha=x), range(-5, 3)),
        "UCB, c": (lambda x: UCB1(c=x), range(-4, 3)),
        "greedy with optimistic initial values, α = 0.1, Q₁": (lambda x: OptimisticGreedy(initial=x), range(-2, 3)),
    }
    for (label, (make, powers)), colour in zip(families.items(), COLOURS, strict=False):
        rewards = [
            simulate(Cell(make(2.0**p), GaussianBandit(), 1_000, runs)).data["reward"][:, -1].mean() / 1_000
            for p in powers
        ]
        axes.plot(2.0 ** np.array(powers), rewards, "o-", markersize=3, color=colour, label=label)
        print(f"{label}: best {max(rewards):.3f} at {2.0 ** powers[int(np.argmax(rewards))]:g}")
    axes.set_xscale("log", base=2)
    save(drawn, "figure_2_6", xlabel="ε, α, c, Q₁", ylabel="average reward over the first 1,000 steps", ylim=(0.9, 1.6))
