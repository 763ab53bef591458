"""Figures that commands of the documentation draw, and other comparisons."""

from figures_of.drawing import IMAGES, RESULTS, draw_comparison, figure
from rlnotes import compare
from rlnotes.envs import Chain, RiverSwim

EXPLORERS = ["q_learning", "ucb_q", "ucbvi", "psrl", "r_max"]


@figure
def readme() -> None:
    """the output of `agent=ucb`, for the documentation"""
    draw_comparison(compare("ucb"), IMAGES / "readme.png", dpi=90)


@figure
def planning() -> None:
    """the output of `agent=value_iteration,policy_iteration env=gridworld`, for the documentation"""
    draw_comparison(compare(["value_iteration", "policy_iteration"], "gridworld"), IMAGES / "planning.png")


@figure
def learning() -> None:
    """the output of `agent=q_learning,sarsa env=cliff_walking episodes=500 plot.window=10`, for the documentation"""
    comparison = compare(["q_learning", "sarsa"], "cliff_walking", episodes=500)
    draw_comparison(comparison, IMAGES / "learning.png", window=10)


@figure
def exploration() -> None:
    """regret of exploration on RiverSwim, for the documentation: episode_regret.png of the command"""
    comparison = compare(EXPLORERS, RiverSwim(discount=1.0, time_limit=20), episodes=500, runs=100)
    draw_comparison(comparison, IMAGES / "exploration.png", "episode_regret")


@figure
def deep_chain() -> None:
    """regret of exploration on a chain of 20 states"""
    chain = Chain(states=20, slip=0.0, discount=1.0, time_limit=40)
    comparison = compare(EXPLORERS, chain, episodes=1_000, runs=200)
    draw_comparison(comparison, RESULTS / "deep_chain.png", "episode_regret")
