"""TD(0)."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatMatrix, kernel


@kernel()
def learn(
    v: FloatMatrix,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
) -> None:
    for run in range(len(state)):
        target = reward[run] + (0.0 if terminated[run] else discount * v[run, next_state[run]])
        s = state[run]
        v[run, s] += alpha[run] * (target - v[run, s])


@dataclass
class TD(PredictionAgent):
    """Learn the value of a policy from the value of the next state.

    V(S_t) ← (1 − α) V(S_t) + α ŷ_t,    ŷ_t = R_t + γ V(S_{t+1})

    ŷ_t = R_t if the episode terminated, but not if it was truncated.
    Source: Sutton, Machine Learning 3 (1988); Sutton & Barto (2nd ed.), section 6.1.
    """

    def improve(self, step: Transition) -> None:
        state, _, reward, next_state, terminated, _ = step
        learn(self.v, self.step_size, self.problem.discount, state, reward, next_state, terminated)
