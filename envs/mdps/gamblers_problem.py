"""The gambler's problem."""

from dataclasses import dataclass

from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model, Outcomes
from rlnotes.envs.mdps.base.picture import Picture


@dataclass(eq=False, kw_only=True)
class GamblersProblem(MDP):
    """Stake on coin flips until all money is lost or the goal is reached.

    Reaching the goal pays 1. State: the capital. Action a stakes a + 1, at most the capital and at most the rest to
    the goal. V*(s) is the probability to win. With heads = 0.4, V*(50) = 0.4 and V*(51) = 0.4031. Many stakes tie.
    Source: Sutton & Barto, Reinforcement Learning (2nd ed.), Example 4.3.
    """

    heads: float = 0.4
    """probability that a flip wins the stake"""

    goal: int = 100
    """capital that ends the game with a win, 2 or more"""

    def build(self) -> Model:
        self.require_probability("heads")
        self.require_at_least("goal", 2)
        require_memory_for_model("goal", self.goal, rows=self.goal**2 // 2, entries=2 * self.goal**2)
        stakes = range(1, self.goal // 2 + 1)

        def outcomes(capital: int, stake: int) -> Outcomes:
            if capital in (0, self.goal):
                return [(1.0, capital, 0.0, True)]
            if stake > min(capital, self.goal - capital):
                return []
            won, lost = capital + stake, capital - stake
            return [
                (self.heads, won, float(won == self.goal), won == self.goal),
                (1 - self.heads, lost, 0.0, lost == 0),
            ]

        return Model.from_function(
            range(self.goal + 1),
            stakes,
            outcomes,
            start=self.goal // 2,
            discount=self.discount,
            picture=Picture.of_states(self.goal + 1, [str(stake) for stake in stakes], width=self.goal + 1),
        )
