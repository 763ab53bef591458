"""Expected SARSA."""

from dataclasses import dataclass

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstIntVector, FloatCube, kernel


@kernel()
def learn(
    q: FloatCube,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    terminated: ConstBoolVector,
    expected: ConstFloatVector,
) -> None:
    for run in range(len(state)):
        target = reward[run] + (0.0 if terminated[run] else discount * expected[run])
        s, a = state[run], action[run]
        q[run, s, a] += alpha[run] * (target - q[run, s, a])


@dataclass
class ExpectedSARSA(ControlAgent):
    """SARSA with the mean over the next action in place of a drawn action.

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α ŷ_t,    ŷ_t = R_t + γ Σ_a π(a|S_{t+1}) Q(S_{t+1}, a)

    π is the policy that plays. ŷ_t = R_t if the episode terminated.
    Source: van Seijen, van Hasselt, Whiteson & Wiering (2009); Sutton & Barto (2nd ed.), section 6.6.
    """

    def improve(self, step: Transition) -> None:
        state, action, reward, next_state, terminated, _ = step
        expected = self.expected(next_state)
        learn(self.q, self.step_size, self.problem.discount, state, action, reward, terminated, expected)
