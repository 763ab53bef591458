"""n-step tree backup."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.step_buffer import StepBuffer
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    FloatVector,
    IntMatrix,
    IntVector,
    kernel,
)


@kernel()
def expect(row: FloatVector, action: int, epsilon: float) -> tuple[float, float]:
    """Σ_a π(a) Q(a) of the ε-greedy policy, and π of one action; tied best actions have equal probabilities."""
    best, ties, total, available = -np.inf, 0, 0.0, 0
    for a in range(len(row)):
        ties = 1 if row[a] > best else ties + (row[a] == best)
        best = row[a] if row[a] > best else best
        total += row[a] if row[a] > -np.inf else 0.0
        available += row[a] > -np.inf
    probability = epsilon / available + ((1 - epsilon) / ties if row[action] == best else 0.0)
    return (1 - epsilon) * best + epsilon * total / available, probability


@kernel()
def learn(
    q: FloatCube,
    states: IntMatrix,
    actions: IntMatrix,
    rewards: FloatMatrix,
    alphas: FloatMatrix,
    length: IntVector,
    alpha: ConstFloatVector,
    discount: float,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    truncated: ConstBoolVector,
    epsilon: ConstFloatVector,
) -> None:
    """Store a step, and learn from the step n − 1 steps ago, or at the end of an episode from all that remain."""
    n = states.shape[1]
    for run in range(len(state)):
        t = length[run]
        states[run, t % n], actions[run, t % n] = state[run], action[run]
        rewards[run, t % n], alphas[run, t % n] = reward[run], alpha[run]
        length[run] = t + 1
        ended = terminated[run] | truncated[run]
        first = max(t + 1 - n, 0)
        for begin in range(first, t + 1 if ended else first + (t + 1 >= n)):
            target = rewards[run, t % n]
            if not terminated[run]:
                target += discount * expect(q[run, next_state[run]], 0, epsilon[run])[0]
            for i in range(t, begin, -1):
                s, a = states[run, i % n], actions[run, i % n]
                expected, probability = expect(q[run, s], a, epsilon[run])
                target = rewards[run, (i - 1) % n] + discount * (expected + probability * (target - q[run, s, a]))
            s, a = states[run, begin % n], actions[run, begin % n]
            q[run, s, a] += alphas[run, begin % n] * (target - q[run, s, a])
        if ended:
            length[run] = 0


@dataclass
class TreeBackup(ControlAgent):
    """Expected SARSA that looks n steps ahead, also at actions not played.

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α G_t,
    G_t = R_t + γ Σ_{a ≠ A_{t+1}} π(a|S_{t+1}) Q(S_{t+1}, a) + γ π(A_{t+1}|S_{t+1}) G_{t+1},
    G_{t+n−1} = R_{t+n−1} + γ Σ_a π(a|S_{t+n}) Q(S_{t+n}, a)

    π is the ε-greedy policy. No importance weights are needed, whatever policy plays. n = 1 is Expected SARSA.
    Source: Precup, Sutton & Singh (2000); Sutton & Barto (2nd ed.), section 7.5.
    """

    n: int = 4
    """steps n, 1 or more"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_epsilon_greedy()
        self.require_no_count("epsilon")
        self.require_whole("n", 1)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.buffer = StepBuffer.empty(self.runs, self.n)

    def improve(self, step: Transition) -> None:
        epsilon = self.rates(step.next_observation)
        learn(self.q, *self.buffer, self.step_size, self.problem.discount, *step, epsilon)
