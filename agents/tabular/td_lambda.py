"""TD(λ)."""

from dataclasses import dataclass

import numpy as np

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.tabular.base.episode_buffer import EpisodeBuffer
from rlnotes.agents.tabular.base.prediction_agent import PredictionAgent
from rlnotes.agents.tabular.base.traces import Traces
from rlnotes.base.kernels import (
    ConstBoolVector,
    ConstFloatVector,
    ConstIntVector,
    FloatMatrix,
    FloatVector,
    IntMatrix,
    IntVector,
    kernel,
)

FORMS = ("forward", "backward", "true_online")


@kernel()
def learn_forward(
    v: FloatMatrix,
    states: IntMatrix,
    rewards: FloatMatrix,
    length: IntVector,
    alpha: ConstFloatVector,
    discount: float,
    decay: float,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    ended: ConstBoolVector,
) -> None:
    """Compute the λ-returns of the episodes that ended, from the last step to the first, then learn forwards."""
    returns = np.empty(states.shape[1])
    for run in range(len(ended)):
        if not ended[run]:
            continue
        following = target = 0.0 if terminated[run] else v[run, next_state[run]]
        for t in range(length[run] - 1, -1, -1):
            target = rewards[run, t] + discount * ((1 - decay) * following + decay * target)
            returns[t] = target
            following = v[run, states[run, t]]
        for t in range(length[run]):
            s = states[run, t]
            v[run, s] += alpha[run] * (returns[t] - v[run, s])
        length[run] = 0


@kernel()
def compute_error(
    v: FloatMatrix,
    discount: float,
    state: ConstIntVector,
    reward: ConstFloatVector,
    next_state: ConstIntVector,
    terminated: ConstBoolVector,
    error: FloatVector,
) -> None:
    """error ← δ in every run."""
    for run in range(len(state)):
        target = reward[run] + (0.0 if terminated[run] else discount * v[run, next_state[run]])
        error[run] = target - v[run, state[run]]


@dataclass
class TDLambda(PredictionAgent):
    """TD whose target is the mean of all n-step returns, with weights that decay by λ.

    forward       at the end of the episode V(S_t) ← (1 − α) V(S_t) + α G_t for t = 0, 1, …,
                  G_t = R_t + γ [(1 − λ) V(S_{t+1}) + λ G_{t+1}]    with V from before the updates
    backward      δ_t = R_t + γ V(S_{t+1}) − V(S_t);    E(S_t) ← E(S_t) + 1;    V ← V + α δ_t E;    E ← γ λ E
    true_online   E(S_t) ← (1 − α) E(S_t) + 1;    V ← V + α [δ_t + V(S_t) − U] E;
                  V(S_t) ← V(S_t) − α [V(S_t) − U];    E ← γ λ E
                  U is the value of S_t when it was reached, and V(S_t) its value before this step. After each step, V
                  equals the result of forward updates with a constant α as if the episode had ended there

    λ = 0 is TD(0), λ = 1 Monte Carlo. If an episode was truncated, V of its last state replaces the rest of the return.
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
        self.require_choice("form", FORMS)

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        if self.form == "forward":
            self.episode = EpisodeBuffer(self.runs)
        else:
            self.eligibility = Traces(self.v, "dutch" if self.form == "true_online" else "accumulating")
            self.reached = np.zeros(self.runs)  # U

    def improve(self, step: Transition) -> None:
        state, _, reward, next_state, terminated, truncated = step
        discount, ended = self.problem.discount, terminated | truncated
        if self.form == "forward":
            self.episode.add(step)
            steps = self.episode.states, self.episode.rewards, self.episode.length
            learn_forward(self.v, *steps, self.step_size, discount, self.decay, next_state, terminated, ended)
            return
        error = np.empty(self.runs)
        compute_error(self.v, discount, state, reward, next_state, terminated, error)
        if self.form == "backward":
            self.eligibility.spread(state, self.step_size, error, ended, discount * self.decay)
            return
        gap = self.v[self.every_run, state] - self.reached  # no effect in the first step, when E is 1 at S_t alone
        self.reached = self.v[self.every_run, next_state]
        self.eligibility.spread(state, self.step_size, error + gap, ended, discount * self.decay)
        self.v[self.every_run, state] -= self.step_size * gap
