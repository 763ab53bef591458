"""Figures of bandits: the claims of the notes, and theory beside measurements."""

from math import log, sqrt
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from scipy.special import ndtr

from figures_of.drawing import IMAGES, figure, panels, save
from rlnotes.agents import (
    ETC,
    MOSS,
    UCB,
    DoublingETC,
    MOSSAnytime,
    Thompson,
    UCBAsymptotic,
)
from rlnotes.analysis import regret_bounds
from rlnotes.analysis.statistics import estimate
from rlnotes.envs import GaussianBandit
from rlnotes.figures.style import COLOURS
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


def regret(agent: Any, env: Any, steps: int, runs: int) -> tuple[float, float]:
    """Mean final regret, and half the width of its 95 % confidence interval."""
    mean, _, low, _ = estimate(simulate(Cell(agent, env, steps, runs)).outcome)
    return float(mean), float(mean - low)


def band(axes: Axes, x: Any, means: Any, **look: Any) -> None:
    """Draw a curve with its band; `means` are (mean, half the width of the interval)."""
    mean, half = np.transpose(means)
    [line] = axes.plot(x, mean, **look)
    axes.fill_between(x, mean - half, mean + half, color=line.get_color(), alpha=0.2, linewidth=0)


@figure
def wrong_gap(n: int = 1_000, gap: float = 0.5, runs: int = 10_000) -> None:
    """claim 1.8 (a): ETC with a wrong gap against UCB, which needs no gap"""
    drawn, (axes,) = panels()
    env = GaussianBandit(gap=gap)
    factors = np.geomspace(1 / 4, 4, 17)
    etc = [regret(ETC(gap=gap * factor), env, n, runs) for factor in factors]
    band(axes, factors, etc, color=COLOURS[0], label="ETC, given the gap")
    ucb = regret(UCB(), env, n, runs)
    band(axes, factors, [ucb] * len(factors), color=COLOURS[1], linestyle="--", label="UCB, without the gap")
    axes.plot(
        factors,
        [regret_bounds.etc_regret(n, gap, ETC(gap=gap * f).exploration(n, 2)) for f in factors],
        "k:",
        label="ETC, exact",
    )
    axes.axvline(1, color="0.8", zorder=0)
    axes.set_xscale("log", base=2)
    save(
        drawn,
        "wrong_gap",
        IMAGES,
        xlabel="gap given to ETC / true gap",
        ylabel=f"regret after {n:,} steps",
        ylim=(0, None),
    )
    final = dict(zip(factors, (mean for mean, _ in etc), strict=True))
    half, right, double, four = (min(final.items(), key=lambda item: abs(log(item[0] / f)))[1] for f in (0.5, 1, 2, 4))
    print(
        f"Two arms, gap {gap}, {n:,} steps: the regret of ETC is {right:.1f} with the right gap, {half:.1f} with half "
        f"of it, {double:.1f} with twice and {four:.1f} with four times; that of UCB, without the gap, is {ucb[0]:.1f}."
    )


@figure
def many_arms(n: int = 1_000, gap: float = 0.5, runs: int = 4_000) -> None:
    """claim 1.8 (b): ETC and UCB with two, five and twenty arms"""
    drawn, (axes,) = panels()
    arms = (2, 5, 20)
    agents = {
        "ETC, given the gap": ETC(gap=gap),
        "ETC, without the gap": ETC(),
        "UCB": UCB(),
        "asymptotic UCB": UCBAsymptotic(),
    }
    final = {}
    for (label, agent), colour in zip(agents.items(), COLOURS, strict=False):
        means = [regret(agent, GaussianBandit(gap=gap, arms=k), n, runs) for k in arms]
        final[label] = [mean for mean, _ in means]
        band(axes, arms, means, marker="o", color=colour, label=label)
    axes.set_xscale("log")
    axes.minorticks_off()
    save(
        drawn,
        "many_arms",
        xticks=arms,
        xticklabels=arms,
        xlabel="arms",
        ylabel=f"regret after {n:,} steps",
        ylim=(0, None),
    )
    ratios = (
        f"{etc / ucb:.2f} ({k} arms)"
        for k, etc, ucb in zip(arms, final["ETC, given the gap"], final["UCB"], strict=True)
    )
    others = (f"{etc / ucb:.2f}" for etc, ucb in zip(final["ETC, without the gap"], final["UCB"], strict=True))
    print(f"ETC's regret / UCB's, given the gap of {gap}: {', '.join(ratios)}; without it: {', '.join(others)}.")


@figure
def unknown_horizon(planned: int = 1_000, n: int = 30_000, gap: float = 0.3, runs: int = 1_000) -> None:
    """claim 1.8 (c): agents that need no horizon against agents with a wrong one"""
    drawn, (axes,) = panels()
    m = ETC(gap=gap).exploration(planned, 2)
    agents = {
        f"ETC, m for n = {planned:,}": ETC(pulls=m),
        f"UCB, δ for n = {planned:,}": UCB(delta=planned**-2.0),
        "ETC, doubling": DoublingETC(),
        "asymptotic UCB": UCBAsymptotic(),
        "MOSS, anytime": MOSSAnytime(),
    }
    grown = {}
    for (label, agent), colour in zip(agents.items(), COLOURS, strict=False):
        data = simulate(Cell(agent, GaussianBandit(gap=gap), n, runs)).data
        mean, _, low, _ = estimate(data["regret"])
        band(axes, data["steps"], np.transpose([mean, mean - low]), color=colour, label=label)
        grown[label] = np.interp([planned, n], data["steps"], mean)
    axes.axvline(planned, color="0.8", zorder=0)
    axes.set(xscale="log", yscale="log")
    save(drawn, "unknown_horizon", xlabel="steps", ylabel="regret", xlim=(10, n), ylim=(1, None))
    growth = ", ".join(f"{begin:.0f} to {end:.0f} ({label})" for label, (begin, end) in grown.items())
    print(f"Two arms, gap {gap}: from step {planned:,} to {n:,} the regret grows from {growth}.")


@figure
def gaps(n: int = 1_000, runs: int = 4_000) -> None:
    """regret against the gap, as in Lattimore & Szepesvári, Figures 6.1 and 7.1"""
    drawn, (etc, ucb) = panels(2)
    x = np.linspace(0.05, 1, 20)
    measured = [regret(ETC(gap=gap), GaussianBandit(gap=gap), n, runs) for gap in x]
    exact = [regret_bounds.etc_regret(n, gap, ETC(gap=gap).exploration(n, 2)) for gap in x]
    band(etc, x, measured, color=COLOURS[0], label="ETC, m by the gap (6.5)")
    etc.plot(x, exact, "k:", label="exact")
    etc.plot(x, [regret_bounds.etc_optimal_bound(n, gap) for gap in x], "--", color=COLOURS[0], label="bound (6.6)")
    band(ucb, x, [regret(UCB(), GaussianBandit(gap=gap), n, runs) for gap in x], color=COLOURS[1], label="UCB")
    band(ucb, x, measured, color=COLOURS[0], label="ETC, m by the gap")
    for m, style in ((25, "--"), (50, "-."), (75, ":"), (100, (0, (1, 3)))):
        ucb.plot(
            x, [regret_bounds.etc_regret(n, gap, m) for gap in x], color="0.5", linestyle=style, label=f"ETC, m = {m}"
        )
    save(drawn, "gaps", xlabel="Δ", ylabel="expected regret", ylim=(0, 80))
    worst = max(abs(mean - true) for (mean, _), true in zip(measured, exact, strict=True))
    print(f"The mean regret of {runs:,} runs of ETC differs from its exact regret by at most {worst:.2f}.")


@figure
def arms(n: int = 10_000, runs: int = 500) -> None:
    """regret against the number of arms"""
    agents = {"ETC": ETC(), "UCB": UCB(), "asymptotic UCB": UCBAsymptotic(), "MOSS": MOSS(), "Thompson": Thompson()}
    drawn, (axes,) = panels()
    x = (2, 4, 8, 16, 32, 64)
    grown = []
    for (label, agent), colour in zip(agents.items(), COLOURS, strict=False):
        means = [regret(agent, GaussianBandit(arms=k), n, runs) for k in x]
        band(axes, x, means, marker="o", markersize=3, color=colour, label=label)
        grown.append(f"{means[-1][0] / means[0][0]:.1f} ({label})")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    save(drawn, "arms", xlabel="arms", ylabel=f"regret after {n:,} steps", xticks=x, xticklabels=x)
    print(f"From {x[0]} to {x[-1]} Gaussian arms the regret after {n:,} steps grows by a factor of {', '.join(grown)}.")


@figure
def coverage(samples: int = 20_000, n: int = 20) -> None:
    """the concentration inequality 1.3: probability that the mean is outside its bound, against δ"""
    drawn, (axes,) = panels()
    rng, delta = np.random.default_rng(0), np.geomspace(1e-3, 0.9, 60)
    laws = {
        "N(0, 1)": rng.standard_normal((samples, n)),
        "±1, equally likely": rng.choice([-1.0, 1.0], (samples, n)),
        "U(−1, 1)": rng.uniform(-1, 1, (samples, n)),
    }
    width = np.sqrt(2 * np.log(1 / delta) / n)
    for (label, drawn_from), colour in zip(laws.items(), COLOURS, strict=False):
        beyond = (drawn_from.mean(axis=1)[:, None] + width <= 0).mean(axis=0)
        axes.plot(delta, beyond, color=colour, label=label)
    axes.plot(delta, ndtr(-width * sqrt(n)), "k:", label="N(0, 1), exact")
    axes.plot(delta, delta, "k--", label="δ, the inequality")
    axes.set(xscale="log", yscale="log")
    save(drawn, "coverage", xlabel="δ", ylabel=f"P(μ ≥ mean of {n} + √(2 log(1/δ)/{n}))", ylim=(1e-5, 1))
    at = np.searchsorted(delta, 0.1)
    print(f"At δ = {delta[at]:.2f} the bound of N(0, 1) fails with probability {ndtr(-width[at] * sqrt(n)):.3f}.")
