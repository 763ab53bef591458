"""Expected SARSA."""

from dataclasses import dataclass

from numba import float64, njit, void

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.signature import REALS, STEP, TABLE


@njit(void(TABLE, REALS, float64, *STEP, REALS), cache=True)
def learn(q, alpha, discount, state, action, reward, next_state, terminated, expected):  # type: ignore[no-untyped-def]
    for run in range(len(state)):
        target = reward[run] + (0.0 if terminated[run] else discount * expected[run])
        s, a = state[run], action[run]
        q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class ExpectedSARSA(ControlAgent):
    """SARSA with the mean over the next action in place of the one drawn.

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Σ_a π(a|S_{t+1}) Q(S_{t+1}, a)

    of the ε-greedy policy π. ŷ_t = R_t where the episode terminated.
    Source: van Seijen, van Hasselt, Whiteson & Wiering (2009); Sutton & Barto (2nd ed.), section 6.6.
    """

    def improve(self, step: Transition) -> None:
        learn(self.q, self.step_size, self.problem.discount, *step[:5], self.expected(step.next_observation))
