"""TD(0)."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.agents.tabular.sarsa import learn


@dataclass
class TD(PredictionAgent):
    """Learn the value of a policy from the value of what follows.

    V(S_t) ← (1 − α) V(S_t) + α [R_t + γ V(S_{t+1})]

    V(S_{t+1}) = 0 where the episode terminated, but not where it was truncated.
    Source: Sutton, Machine Learning 3 (1988); Sutton & Barto (2nd ed.), section 6.1.
    """

    def improve(self, step: Transition) -> None:
        learn(*(self.q, self.step_size, self.problem.discount, *step[:5], self.only))
