"""The base class of agents that learn a model and plan the next episode in it."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episodic_agent import EpisodicAgent
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatCube,
    FloatCube4,
    IntVector,
    kernel,
)
from rlnotes.base.memory_check import require_memory


@kernel()
def observe(
    visits: FloatCube,
    transition: FloatCube4,
    mean_reward: FloatCube,
    state: ConstIntVector,
    action: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
) -> None:
    """Add a step to the averages: N(S, A), p(·|S, A) over the states and the end, which comes last, and r(S, A)."""
    for run in range(len(state)):
        s, a = state[run], action[run]
        visits[run, s, a] += 1
        weight = 1 / visits[run, s, a]
        for following in range(transition.shape[3]):
            transition[run, s, a, following] *= 1 - weight
        transition[run, s, a, transition.shape[3] - 1 if terminated[run] else next_state[run]] += weight
        mean_reward[run, s, a] += weight * (reward[run] - mean_reward[run, s, a])


@kernel()
def plan(
    q: FloatCube,
    runs: IntVector,
    transition: FloatCube4,
    mean_reward: FloatCube,
    bonus: FloatCube,
    highest: ConstFloatVector,
    span: ConstFloatVector,
    discount: float,
) -> None:
    """Q_h = min(r + B_h bonus + γ Σ_s' p(s') max_a Q_{h+1}(s', a), highest_h) of the `runs`, from the last step on.

    Q_H = 0 at the end of an episode. The model [len(runs), …] has an entry for each of the runs; `q` [runs, …] is
    filled in.
    """
    states, actions = mean_reward.shape[1:]
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
                                expected += transition[i, s, a, k] * following[k]
                            target = mean_reward[i, s, a] + span[h] * bonus[i, s, a] + discount * expected
                            row[a] = min(target, highest[h])
                        value[s] = max(value[s], row[a])


@dataclass
class ModelBasedAgent(EpisodicAgent):
    """An agent that counts transitions and plans each episode in a model.

    The most likely model is `visits` N(s, a), `transition` p(s'|s, a) [runs, states, actions, states + 1] and
    `mean_reward` r(s, a). `believe` returns the model in which it plans, by backward induction.
    """

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        shape = self.runs, self.states, self.actions
        require_memory("runs", self.runs, 28 * int(np.prod(shape)) * (self.states + 1))
        self.visits, self.mean_reward = np.zeros((2, *shape))
        self.transition = np.zeros((*shape, self.states + 1))
        self.plan_episode(self.every_run)

    @abstractmethod
    def believe(self, runs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Transition probabilities, mean rewards and bonuses to plan with, for these runs [len(runs), …].

        A bonus counts B_h times in step h. An infinite one makes Q the largest possible return.
        """

    def plan_episode(self, runs: np.ndarray) -> None:
        """Plan the next episode of these runs."""
        plan(self.q, runs, *self.believe(runs), self.highest, self.span, self.problem.discount)

    def improve(self, step: Transition) -> None:
        observe(self.visits, self.transition, self.mean_reward, *step[:5])
        if len(runs := np.flatnonzero(step.terminated | step.truncated)):
            self.plan_episode(runs)
