"""Off-policy Monte Carlo control."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.episode_buffer import EpisodeBuffer
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatMatrix,
    IntMatrix,
    IntVector,
    kernel,
)

LARGEST = 1e300
"""an importance weight above this would overflow"""


@kernel()
def learn(
    q: FloatCube,
    weight_sum: FloatCube,
    states: IntMatrix,
    actions: IntMatrix,
    rewards: FloatMatrix,
    probability: FloatMatrix,
    length: IntVector,
    discount: float,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    ended: ConstBoolVector,
    epsilon: ConstFloatVector,
) -> None:
    """Store the `probability` of the last action, then learn from the episodes that ended and empty the buffer."""
    for run in range(len(length)):
        t = length[run] - 1
        row = q[run, states[run, t]]
        best, ties, available = -np.inf, 0, 0
        for a in range(len(row)):
            ties = 1 if row[a] > best else ties + (row[a] == best)
            best = row[a] if row[a] > best else best
            available += row[a] > -np.inf
        greedy = (1 - epsilon[run]) / ties if row[actions[run, t]] == best else 0.0
        probability[run, t] = epsilon[run] / available + greedy
        if not ended[run]:
            continue
        target, weight = 0.0, 1.0
        if not terminated[run]:
            target = -np.inf
            for a in range(q.shape[2]):
                target = max(target, q[run, next_state[run], a])
        for t in range(length[run] - 1, -1, -1):
            s, a = states[run, t], actions[run, t]
            target = rewards[run, t] + discount * target
            weight_sum[run, s, a] += weight
            q[run, s, a] += weight / weight_sum[run, s, a] * (target - q[run, s, a])
            weight /= probability[run, t]
            if np.argmax(q[run, s]) != a or weight > LARGEST:
                break
        length[run] = 0


@dataclass
class OffPolicyMonteCarlo(ControlAgent):
    """Learn the greedy policy from ε-greedy returns, by importance sampling.

    C(S_t, A_t) ← C(S_t, A_t) + W,    Q(S_t, A_t) ← Q(S_t, A_t) + W / C(S_t, A_t) [G_t − Q(S_t, A_t)],
    W ← W / b(A_t|S_t),    G_t = R_t + γ G_{t+1}

    from the end of the episode backwards, as long as A_t is the first of the best actions (and W at most 1e300). b is
    the probability with which A_t was played. This is weighted importance sampling, so it needs no α. If an episode was
    truncated, max_a Q(S, a) of its last state replaces the rest of the return.
    Source: Sutton & Barto (2nd ed.), section 5.7.
    """

    alpha: int | float | str = "1/visits"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_epsilon_greedy()
        self.require("alpha", self.alpha == "1/visits", "must be 1/visits: returns are averaged by their importance")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.episode, self.weight_sum = EpisodeBuffer(self.runs), np.zeros_like(self.q)
        self.probability = np.zeros_like(self.episode.rewards)

    def improve(self, step: Transition) -> None:
        self.episode.add(step)
        states, actions, rewards = self.episode.states, self.episode.actions, self.episode.rewards
        if self.probability.shape != rewards.shape:
            new_room = rewards.shape[1] - self.probability.shape[1]
            self.probability = np.pad(self.probability, ((0, 0), (0, new_room)))
        steps = states, actions, rewards, self.probability, self.episode.length
        end = step.next_observation, step.terminated, step.terminated | step.truncated
        learn(self.q, self.weight_sum, *steps, self.problem.discount, *end, self.rate)
