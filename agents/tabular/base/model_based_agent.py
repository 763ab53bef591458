"""What agents have in common that learn the model, and plan in it what to play in the next episode."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numba import float64, int64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.agents.tabular.base.signature import STEP, TABLE
from rlnotes.base.memory_check import require
from rlnotes.envs.mdps.base.bellman import constant

CHANCES = float64[:, :, :, ::1]


@njit(void(TABLE, CHANCES, TABLE, *STEP), cache=True)
def observe(visits, chance, mean, state, action, reward, next_state, terminated):  # type: ignore[no-untyped-def]
    """Count a step in the means of what followed S, A: `chance` [.., states + 1], the last for the end, and `mean`."""
    for run in range(len(state)):
        s, a = state[run], action[run]
        visits[run, s, a] += 1
        share = 1 / visits[run, s, a]
        for following in range(chance.shape[3]):
            chance[run, s, a, following] *= 1 - share
        chance[run, s, a, chance.shape[3] - 1 if terminated[run] else next_state[run]] += share
        mean[run, s, a] += share * (reward[run] - mean[run, s, a])


@njit(void(TABLE, int64[::1], CHANCES, TABLE, TABLE, constant(float64), constant(float64), float64), cache=True)
def plan(q, runs, chance, mean, bonus, highest, span, discount):  # type: ignore[no-untyped-def]
    """Q_h = min(mean + B_h bonus + γ Σ_s' chance(s') max_a Q_{h+1}(s', a), highest_h) of `runs`, from the last step.

    Q_H = 0 at the end of an episode. The model [len(runs), …] is one for each of the runs, q [runs, …] is filled in.
    """
    states, actions = mean.shape[1:]
    value, following = np.zeros(states + 1), np.zeros(states + 1)
    for i in range(len(runs)):
        value[:] = 0
        for h in range(len(highest) - 1, -1, -1):
            following, value = value, following
            for s in range(states):
                row = q[runs[i], h * states + s]
                value[s] = -np.inf
                for a in range(actions):
                    if row[a] > -np.inf:
                        row[a] = highest[h]
                        if bonus[i, s, a] < np.inf:
                            expected = 0.0
                            for k in range(states):
                                expected += chance[i, s, a, k] * following[k]
                            total = mean[i, s, a] + span[h] * bonus[i, s, a] + discount * expected
                            row[a] = min(total, highest[h])
                        value[s] = max(value[s], row[a])


@dataclass
class ModelBasedAgent(EpisodicAgent):
    """An agent that counts what followed, and before each episode plans by backward induction in what it believes.

    `visits` N(s, a), `chance` p(s'|s, a) and `mean` r(s, a) are the model that makes what it saw the likeliest.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        shape = self.runs, self.states, self.actions
        require("runs", self.runs, 28 * int(np.prod(shape)) * (self.states + 1))
        self.visits, self.mean = np.zeros((2, *shape))
        self.chance = np.zeros((*shape, self.states + 1))
        self.prepare(np.arange(self.runs))

    @abstractmethod
    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Chances, means and bonuses, of which one is added B_h times in step h, for these runs [len(runs), …]."""

    def prepare(self, runs: np.ndarray) -> None:
        """Plan the next episode of these runs."""
        plan(*(self.q, runs, *self.believe(runs), self.highest, self.span, self.problem.discount))

    def improve(self, step: Transition) -> None:
        observe(self.visits, self.chance, self.mean, *step[:5])
        if len(runs := np.flatnonzero(step.terminated | step.truncated)):
            self.prepare(runs)
