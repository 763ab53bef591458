"""Figure 5.2: the optimal policy of blackjack."""

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from rlnotes.agents import MonteCarlo, PolicyIteration
from rlnotes.book.base.blackjack import ACES, by_hand, policy_map, surface
from rlnotes.book.base.book_figure import SimulatedFigure
from rlnotes.envs import Blackjack, ModelEnv
from rlnotes.envs.mdps.blackjack import HIT
from rlnotes.experiments.experiment import Measured


@dataclass
class BlackjackPolicy(SimulatedFigure):
    """The optimal policy and value of blackjack, and what Monte Carlo control learns.

    The picture is exact, by policy iteration in the model. The sentence compares Monte Carlo control with exploring
    starts: episodes begin in all states alike. It plays ε-greedily with ε = 0.1, and its greedy policy counts.
    """

    size = (9.5, 8.0)

    runs: int = 20

    episodes: int = 100_000
    """episodes of a run, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("episodes", 1)

    def measure(self) -> Measured:
        model = Blackjack().model
        plan = PolicyIteration().plan(model)
        everywhere = ModelEnv(replace(model, start=np.full(model.states, 1 / model.states)))
        learnt = self.record(MonteCarlo(epsilon=0.1), everywhere, episodes=self.episodes)["greedy_for"]
        of_runs = learnt.sum(axis=0).reshape(model.states, model.actions)
        return {
            "hits": by_hand(plan.policy == HIT),
            "value": by_hand(plan.value),
            "share of runs that hit": by_hand(of_runs[:, HIT] / self.runs),
        }

    def draw(self, figure: Figure, found: Measured) -> None:
        for row, ace in enumerate(ACES):
            policy_map(figure.add_subplot(2, 2, 2 * row + 1), found["hits"][row], f"{ace}: π*, hit or stick")
            surface(figure, (2, 2, 2 * row + 2), found["value"][row], f"{ace}: v*")

    def conclude(self, found: Measured) -> str:
        share, hits = found["share of runs that hit"], found["hits"]
        wrong = np.abs(share - hits).mean() * hits.size
        return (
            f"After {self.episodes:,} episodes of Monte Carlo control, the greedy policy of a run differs from the "
            f"optimal one in {wrong:.1f} of {hits.size} states on average."
        )
