"""n-step tree backup."""

from dataclasses import dataclass

import numpy as np
from numba import float64, int64, njit, types, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.control_agent import ControlAgent
from rlnotes.agents.tabular.base.signature import FLAGS, REALS, STEP, TABLE
from rlnotes.agents.tabular.base.step_buffer import RECENT, recent


@njit(types.UniTuple(float64, 2)(float64[::1], int64, float64), cache=True)
def expect(row, action, epsilon):  # type: ignore[no-untyped-def]
    """Σ_a π(a) Q(a) of the ε-greedy policy, and π of one action, where those that tie for the best share alike."""
    best, ties, total, available = -np.inf, 0, 0.0, 0
    for a in range(len(row)):
        ties = 1 if row[a] > best else ties + (row[a] == best)
        best = row[a] if row[a] > best else best
        total += row[a] if row[a] > -np.inf else 0.0
        available += row[a] > -np.inf
    probability = epsilon / available + ((1 - epsilon) / ties if row[action] == best else 0.0)
    return (1 - epsilon) * best + epsilon * total / available, probability


@njit(void(TABLE, *RECENT, REALS, float64, *STEP, FLAGS, REALS), cache=True)
def learn(  # type: ignore[no-untyped-def]
    q, states, actions, rewards, alphas, held,
    alpha, discount, state, action, reward, next_state, terminated, truncated, epsilon,
):  # fmt: skip
    n = states.shape[1]
    for run in range(len(state)):
        t = held[run]
        states[run, t % n], actions[run, t % n] = state[run], action[run]
        rewards[run, t % n], alphas[run, t % n] = reward[run], alpha[run]
        held[run] = t + 1
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
            held[run] = 0


@dataclass
class TreeBackup(ControlAgent):
    """Expected SARSA that looks n steps ahead, at what was not played too.

    Q(S_t, A_t) ← (1 − α) Q(S_t, A_t) + α G_t,
    G_t = R_t + γ Σ_{a ≠ A_{t+1}} π(a|S_{t+1}) Q(S_{t+1}, a) + γ π(A_{t+1}|S_{t+1}) G_{t+1},
    G_{t+n−1} = R_{t+n−1} + γ Σ_a π(a|S_{t+n}) Q(S_{t+n}, a)

    of the ε-greedy policy π. It needs no importance weights, whoever plays. n = 1 is Expected SARSA.
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
        self.recent = recent(self.runs, self.n)

    def improve(self, step: Transition) -> None:
        epsilon = self.rates(step.next_observation)
        learn(*(self.q, *self.recent, self.step_size, self.problem.discount, *step, epsilon))
