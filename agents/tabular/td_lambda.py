"""TD(λ)."""

from dataclasses import dataclass

import numpy as np
from numba import float64, int64, njit, void

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episode_buffer import EpisodeMemory
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.agents.tabular.base.signature import FLAGS, NUMBERS, REALS, VALUES
from rlnotes.agents.tabular.base.traces import Traces
from rlnotes.agents.tabular.sarsa_lambda import compare
from rlnotes.base.errors import SettingError

FORMS = ("forward", "backward", "true_online")


@njit(
    void(VALUES, int64[:, ::1], VALUES, int64[::1], *[REALS, float64, float64, NUMBERS, FLAGS, FLAGS]),
    cache=True,
)
def learn(v, states, rewards, length, alpha, discount, decay, next_state, terminated, ended):  # type: ignore[no-untyped-def]
    """At the end of an episode, its λ-returns from the last to the first, then V from the first state to the last."""
    for run in range(len(ended)):
        if not ended[run]:
            continue
        following = target = 0.0 if terminated[run] else v[run, next_state[run]]
        for t in range(length[run] - 1, -1, -1):
            rewards[run, t] += discount * ((1 - decay) * following + decay * target)
            target, following = rewards[run, t], v[run, states[run, t]]
        for t in range(length[run]):
            v[run, states[run, t]] += alpha[run] * (rewards[run, t] - v[run, states[run, t]])
        length[run] = 0


@dataclass
class TDLambda(PredictionAgent):
    """TD whose target is the mean of all n-step returns, of weights that fade with λ.

    forward       at the end of the episode V(S_t) ← (1 − α) V(S_t) + α G_t for t = 0, 1, …,
                  G_t = R_t + γ [(1 − λ) V(S_{t+1}) + λ G_{t+1}]    by V as it was before
    backward      δ_t = R_t + γ V(S_{t+1}) − V(S_t);    E(S_t) ← E(S_t) + 1;    V ← V + α δ_t E;    E ← γ λ E
    true_online   E(S_t) ← (1 − α) E(S_t) + 1;    V ← V + α [δ_t + V(S_t) − U] E;
                  V(S_t) ← V(S_t) − α [V(S_t) − U];    E ← γ λ E
                  of U, the value of S_t when it was reached, and V(S_t) before these steps: by each step it has done
                  what forward updates of a constant α would do if the episode had ended there

    λ = 0 is TD(0), λ = 1 Monte Carlo. Where an episode was truncated, V of its last state takes the place of what did
    not follow.
    Source: Sutton & Barto (2nd ed.), sections 12.1, 12.2 and 12.5; van Seijen et al., JMLR 17 (2016).
    """

    decay: float = 0.9
    """decay λ, from 0 to 1"""

    form: str = "true_online"
    """forward, backward or true_online"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_no_count("alpha")
        self.require_probability("decay")
        if self.form not in FORMS:
            raise SettingError("form", self.form, f"must be {', '.join(FORMS[:-1])} or {FORMS[-1]}")

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        if self.form == "forward":
            self.memory = EpisodeMemory(self.runs)
        else:
            self.eligible = Traces(self.q, "dutch" if self.form == "true_online" else "accumulating")
            self.reached = np.zeros(self.runs)

    def improve(self, step: Transition) -> None:
        ended, discount = step.terminated | step.truncated, self.problem.discount
        if self.form == "forward":
            self.memory.add(step)
            states, _, rewards, length = self.memory.arrays
            rule = self.step_size, discount, self.decay, step.next_observation, step.terminated, ended
            learn(*(self.v, states, rewards, length, *rule))
            return
        error = np.empty(self.runs)
        compare(*(self.q, discount, *step[:5], self.only, error))
        if self.form == "backward":
            self.eligible.spread(step, self.step_size, error, ended, discount * self.decay)
            return
        now = np.arange(self.runs), step.observation
        gap = self.v[now] - self.reached  # of no effect in the first step, whose E is 1 at S_t alone
        self.reached = self.v[now[0], step.next_observation]
        self.eligible.spread(step, self.step_size, error + gap, ended, discount * self.decay)
        self.v[now] -= self.step_size * gap
