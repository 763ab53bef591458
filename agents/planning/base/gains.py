"""γ = 1: refuse a model in which an agent can stay for ever without a loss."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from rlnotes.agents.planning.base.end_components import end_components
from rlnotes.base.errors import SettingError
from rlnotes.envs.mdps.base.model import Model

ZERO = 1e-9
"""gain per step, relative to the largest reward, treated as zero"""
SWEEPS = 300
"""sweeps of value iteration that mostly decide whether a gain is above or below zero"""


def refuse_gains(model: Model, merged: np.ndarray) -> None:
    """Raise `SettingError` if staying for ever has an infinite total reward, or one that does not converge."""
    inner, component = end_components(model, model.available)
    reward = model.expected_reward[inner]
    if not (reward > 0).any():
        return
    gain, state = bounded_gain(model, inner, component)
    if state is None:
        gain, state = largest_gain(model, inner)
    if gain < -ZERO:
        return
    fault, how = ("is infinite", "gain") if gain > ZERO else ("does not settle", "neither gain nor lose")
    requirement = (
        f"the total reward {fault}: from state {np.argmax(merged == state)} an agent can go on for ever and {how}"
    )
    raise SettingError("discount", 1.0, requirement)


def bounded_gain(model: Model, inner: np.ndarray, component: np.ndarray) -> tuple[float, int | None]:
    """A bound of the gain in end components, relative to the largest reward, and a state that attains it.

    Above `ZERO` it is a lower bound of one gain; below −`ZERO` it is an upper bound of all gains. A few sweeps of value
    iteration compute it, since the changes of V are bounds. The state is None if the sweeps do not decide.
    Source: Puterman, Markov Decision Processes, Theorem 8.5.5.
    """
    state = np.flatnonzero(inner.any(axis=1))
    of_state, value = component[state], np.zeros(model.states)
    for _ in range(SWEEPS):
        change = model.q(value).max(axis=1, where=inner, initial=-np.inf)[state] - value[state]
        low, high = np.full((2, component.max() + 1), [[np.inf], [-np.inf]])
        np.minimum.at(low, of_state, change)
        np.maximum.at(high, of_state, change)
        low, high = low[of_state] / model.reward_bound, high[of_state] / model.reward_bound
        if low.max() > ZERO:
            return low.max(), int(state[low.argmax()])
        if high.max() < -ZERO:
            return high.max(), int(state[high.argmax()])
        value[state] += change / 2  # half a step, so that V does not oscillate on a periodic chain
    return 0.0, None


def largest_gain(model: Model, inner: np.ndarray) -> tuple[float, int]:
    """The largest gain in end components, relative to the largest reward, and a state that attains it.

    max Σ x(s, a) r(s, a)  subject to  Σ_a x(s', a) = Σ_{s, a} x(s, a) p(s'|s, a) for all s',  Σ x = 1,  x ≥ 0

    x(s, a) is the share of steps with that action, among the actions that stay. HiGHS solves it.
    Source: Puterman, Markov Decision Processes, section 8.8.
    """
    row = np.flatnonzero(inner)
    transition = csr_array((model.probability, model.next_state, model.offsets), (model.row_count, model.states))[row]
    own = csr_array((np.ones(len(row)), (np.arange(len(row)), row // model.actions)), transition.shape)
    found = linprog(
        -model.expected_reward[inner] / model.reward_bound,
        A_eq=vstack([(own - transition).T, np.ones((1, len(row)))]),
        b_eq=np.append(np.zeros(model.states), 1.0),
        method="highs",
    )
    return -found.fun, int(row[found.x.argmax()] // model.actions)
