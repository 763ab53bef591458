"""Figures of Sutton & Barto, Reinforcement Learning (2nd ed.), with the axes of the book.

`ten_armed_testbed.py` has those of chapter 2.
"""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from figures_of.drawing import data, figure, panels, save
from rlnotes.agents import (
    SARSA,
    TD,
    BatchTD,
    DoubleQLearning,
    DynaQ,
    ExpectedSARSA,
    MonteCarloPrediction,
    NStepTD,
    QLearning,
    TDLambda,
)
from rlnotes.agents.base.agent import Problem
from rlnotes.envs import CliffWalking, DynaMaze, MaximizationBias, Model, ModelEnv, RandomWalk, WindyGridworld
from rlnotes.figures.style import COLOURS, LINE_STYLES
from rlnotes.simulation.recorder import Recorder


@figure
def example_6_2(runs: int = 1_000) -> None:
    """TD(0) and constant-α Monte Carlo on the random walk"""
    drawn, (values, errors) = panels(2)
    for episodes, colour in zip((1, 10, 100), COLOURS[1:], strict=False):
        learned = data(TD(alpha=0.1, initial=0.5), RandomWalk(), episodes, 1)
        name = f"{episodes} episode{'s' * (episodes > 1)}"
        values.plot(list("ABCDE"), learned["learned_value"][1:-1], "o-", color=colour, label=name)
    values.plot(list("ABCDE"), learned["true_value"][1:-1], "ko-", label="true values")
    values.set(xlabel="state", ylabel="estimated value")
    agents = [(f"TD, α = {a}", TD(alpha=a, initial=0.5), COLOURS[0]) for a in (0.05, 0.1, 0.15)]
    for alpha in (0.01, 0.02, 0.03, 0.04):
        monte_carlo = MonteCarloPrediction(alpha=alpha, initial=0.5, every_visit=True)
        agents.append((f"MC, α = {alpha}", monte_carlo, COLOURS[1]))
    for i, (label, agent, colour) in enumerate(agents):
        recorded = data(agent, RandomWalk(), 100, runs)
        error = np.append(recorded["start_rmse"], recorded["rmse"].mean(axis=0))
        errors.plot(error, LINE_STYLES[i % 4 if i < 3 else i - 3], color=colour, label=label)
        print(f"{label}: {error[-1]:.4f} after 100 episodes")
    errors.set(xlabel="episodes", ylabel="RMS error, averaged over states", ylim=(0, 0.25))
    save(drawn, "example_6_2")


@figure
def figure_6_2(runs: int = 1_000) -> None:
    """batch TD and batch Monte Carlo on the random walk"""
    drawn, (axes,) = panels()
    batch = BatchTD(initial=0.5), MonteCarloPrediction(initial=0.5, every_visit=True)
    for label, agent, colour in zip(("TD", "MC"), batch, COLOURS, strict=False):
        error = data(agent, RandomWalk(), 100, runs)["rmse"].mean(axis=0)
        axes.plot(np.arange(1, 101), error, color=colour, label=label)
        print(f"batch {label}: {error[-1]:.4f} after 100 episodes")
    save(drawn, "figure_6_2", xlabel="episodes", ylabel="RMS error, averaged over states", ylim=(0, 0.25))


@figure
def figure_6_3(runs: int = 100) -> None:
    """interim and asymptotic returns of SARSA, Q-learning and Expected SARSA on the cliff, by α"""
    drawn, (axes,) = panels()
    for (label, agent), colour in zip(
        {"Expected SARSA": ExpectedSARSA, "SARSA": SARSA, "Q-learning": QLearning}.items(), COLOURS, strict=False
    ):
        alphas = np.linspace(0.1, 1, 10)
        returns = np.array([data(agent(alpha=alpha), CliffWalking(), 2_000, runs)["returns"] for alpha in alphas])
        axes.plot(alphas, returns[:, :, :100].mean(axis=(1, 2)), "--", color=colour, label=f"{label}, 100 episodes")
        axes.plot(alphas, returns.mean(axis=(1, 2)), color=colour, label=f"{label}, 2,000 episodes")
    save(drawn, "figure_6_3", xlabel="α", ylabel="sum of rewards per episode", ylim=(-160, 0))


@figure
def example_6_5(runs: int = 200) -> None:
    """SARSA on the windy gridworld"""
    drawn, (axes,) = panels()
    ends = np.cumsum(data(SARSA(alpha=0.5, epsilon=0.1), WindyGridworld(), 300, runs)["lengths"], axis=1)
    steps = np.arange(0, 8_001, 10)
    axes.plot(steps, [(ends <= step).sum() / runs for step in steps], color=COLOURS[1], label="SARSA")
    save(drawn, "example_6_5", xlabel="time steps", ylabel="episodes", xlim=(0, 8_000), ylim=(0, None))


@figure
def example_6_6(runs: int = 1_000) -> None:
    """SARSA and Q-learning on the cliff"""
    drawn, (axes,) = panels()
    for label, agent, colour in (("SARSA", SARSA(), COLOURS[5]), ("Q-learning", QLearning(), COLOURS[1])):
        axes.plot(data(agent, CliffWalking(), 500, runs)["returns"].mean(axis=0), color=colour, label=label)
    save(drawn, "example_6_6", xlabel="episodes", ylabel="sum of rewards during episode", ylim=(-100, -20))


@figure
def example_6_7(runs: int = 10_000) -> None:
    """Q-learning and double Q-learning on a task with maximization bias"""
    drawn, (axes,) = panels()
    for label, agent, colour in (("Q-learning", QLearning, COLOURS[1]), ("Double Q-learning", DoubleQLearning, "g")):
        lengths = data(agent(alpha=0.1, epsilon=0.1), MaximizationBias(), 300, runs)["lengths"]
        left = 100 * (lengths == 2).mean(axis=0)  # the episode goes through B
        axes.plot(np.arange(1, 301), left, color=colour, label=label)
        print(f"{label}: left in at most {left.max():.1f} %, at the end {left[-1]:.1f} %")
    axes.axhline(5, color="k", linestyle="--", linewidth=1, label="optimal")
    save(drawn, "example_6_7", xlabel="episodes", ylabel="% left actions from A", ylim=(0, 100))


ALPHAS = np.round(np.linspace(0.025, 1, 40), 3)


def errors_by_step_size(axes: Axes, agents: dict[str, Any], runs: int = 100) -> None:
    """Draw the error on the random walk of 19 states, averaged over the first 10 episodes, against α."""
    colours = [*COLOURS, "#882255", "#999933", "#888888"]
    best = {}
    for (label, agent), colour in zip(agents.items(), colours, strict=False):
        walk = RandomWalk(states=19, left_reward=-1.0)
        error = np.array([data(agent(alpha=float(alpha)), walk, 10, runs)["rmse"].mean() for alpha in ALPHAS])
        axes.plot(ALPHAS, error, color=colour, label=label)
        best[label] = float(error.min()), float(ALPHAS[error.argmin()])
    label = min(best, key=lambda label: best[label])
    print("best: {} with α = {}, error {:.4f}".format(label, *best[label][::-1]))
    axes.set(
        xlabel="α", xlim=(0, 1), ylim=(0.25, 0.55), ylabel="average RMS error\nover 19 states and first 10 episodes"
    )


N_STEPS = {f"n = {n}": partial(NStepTD, n=n) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)}
DECAYS = (0, 0.4, 0.8, 0.9, 0.95, 0.975, 0.99, 1)
FORWARD, TRUE_ONLINE = (
    {f"λ = {decay}": partial(TDLambda, decay=decay, form=form) for decay in DECAYS}
    for form in ("forward", "true_online")
)


@figure
def figure_7_2() -> None:
    """n-step TD on the random walk of 19 states"""
    drawn, (axes,) = panels()
    errors_by_step_size(axes, N_STEPS)
    save(drawn, "figure_7_2")


@figure
def figure_12_3() -> None:
    """off-line λ-returns and n-step TD on the random walk of 19 states"""
    drawn, axes = panels(2)
    for panel, title, agents in zip(axes, ("off-line λ-return", "n-step TD"), (FORWARD, N_STEPS), strict=True):
        panel.set_title(title)
        errors_by_step_size(panel, agents)
    save(drawn, "figure_12_3")


@figure
def figure_12_8() -> None:
    """on-line λ-returns (true online TD(λ)) and off-line λ-returns on the random walk of 19 states"""
    drawn, axes = panels(2)
    for panel, title, agents in zip(axes, ("on-line", "off-line"), (TRUE_ONLINE, FORWARD), strict=True):
        panel.set_title(f"{title} λ-return")
        errors_by_step_size(panel, agents)
    save(drawn, "figure_12_8")


@figure
def figure_8_2(runs: int = 1_000) -> None:
    """Dyna-Q in its maze, by number of planning steps"""
    drawn, (axes,) = panels()
    for n, colour in zip((0, 5, 50), COLOURS, strict=False):
        lengths = data(DynaQ(planning=n, alpha=0.1, epsilon=0.1), DynaMaze(), 50, runs)["lengths"].mean(axis=0)
        axes.plot(np.arange(2, 51), lengths[1:], color=colour, label=f"{n} planning steps")
    save(drawn, "figure_8_2", xlabel="episodes", ylabel="steps per episode", ylim=(0, 800))


def maze(gap: int) -> Model:
    """The blocking maze: the wall in the fourth row has a gap in one column."""
    moves = {"↑": (-1, 0), "→": (0, 1), "↓": (1, 0), "←": (0, -1)}

    def outcomes(cell: tuple[int, int], move: str) -> list[tuple[float, tuple[int, int], float, bool]]:
        row, column = cell[0] + moves[move][0], cell[1] + moves[move][1]
        free = 0 <= row < 6 and 0 <= column < 9 and (row != 3 or column == gap)
        to = (row, column) if free else cell
        return [(1.0, to, float(to == (0, 8)), to == (0, 8))]

    return Model.from_function([*np.ndindex(6, 9)], [*moves], outcomes, start=(5, 3), discount=0.95)


@figure
def figure_8_4(runs: int = 100) -> None:
    """Dyna-Q and Dyna-Q+ in a maze whose shortest path is blocked after 1,000 steps"""
    drawn, (axes,) = panels()
    for label, kappa, colour in (("Dyna-Q+", 1e-3, COLOURS[5]), ("Dyna-Q", 0.0, COLOURS[1])):
        agent, ends = DynaQ(alpha=0.5, epsilon=0.1, planning=10, kappa=kappa), []
        for gap, begin, steps in ((8, 0, 1_000), (0, 1_000, 2_000)):
            env = Recorder(ModelEnv(maze(gap), runs), steps=steps, seed=gap)
            if not begin:
                spaces = env.single_observation_space, env.single_action_space
                agent.begin(Problem(*spaces, runs, 3_000, 0.95), np.random.default_rng(0))
            agent.learn(env, steps)
            lengths = env.record()["lengths"]
            ends.append((begin + np.cumsum(lengths, axis=1))[lengths > 0])
        times = np.sort(np.concatenate(ends))
        axes.plot(np.searchsorted(times, np.arange(3_001), "right") / runs, color=colour, label=label)
        print(f"{label}: {len(times) / runs:.1f} in 3,000 steps")
    axes.axvline(1_000, color="k", linestyle=":", linewidth=1)
    save(drawn, "figure_8_4", xlabel="time steps", ylabel="cumulative reward", ylim=(0, None))
