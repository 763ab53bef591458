"""The values of many policies at the start, compared with the linear equations of each."""

from functools import partial

import numpy as np
import pytest

from rlnotes.envs import CliffWalking, Garnet, RiverSwim
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.policy_values import start_values
from rlnotes.envs.registered import Registered


def terminating(model, rng):
    """A random policy that terminates from every state of a deterministic model (Wilson's algorithm)."""
    policy, ends = np.zeros(model.states, int), model.final.copy()

    def go(s):
        row = model.offsets[s * model.actions + policy[s]]
        return model.next_state[row], model.terminated[row]

    for first in range(model.states):
        s, over = first, False
        while not (over or ends[s]):
            policy[s] = rng.integers(model.actions)
            s, over = go(s)
        s, over = first, False
        while not (over or ends[s]):
            ends[s] = True
            s, over = go(s)
    return policy


@pytest.mark.parametrize(
    ("env", "policies"),
    [
        (CliffWalking, lambda model, rng: [terminating(model, rng) for _ in range(40)]),
        *[
            (env, lambda model, rng: rng.integers(model.actions, size=(40, model.states)))
            for env in (
                partial(Garnet, discount=0.95),
                partial(RiverSwim, discount=0.0),
                partial(Registered, "FrozenLake8x8-v1"),
            )
        ],
    ],
)
def test_the_value_of_a_policy_solves_the_equations(env, policies):
    env = env()
    policies = np.array(policies(env.model, np.random.default_rng(5)))
    values = start_values(env.model, policies)
    expected = [env.model.evaluate(policy) @ env.model.start for policy in policies]
    np.testing.assert_allclose(values, expected, rtol=1e-7, atol=1e-9)
    assert len(np.unique(values)) > (1 if isinstance(env, RiverSwim) else 5)


@pytest.mark.parametrize(
    ("rewards", "value"),
    [
        ([1, -1], np.nan),  # the sum oscillates
        ([1, -1, 0, 0], np.nan),
        ([3, -1, -1], np.inf),
        ([3, -1, -1, -2], -np.inf),
        ([0.1, 0.2, -0.3], np.nan),  # within rounding
        ([0, 0], 0),
        ([1e-300, 0], np.inf),
    ],
)
def test_the_value_of_a_policy_that_goes_around_for_ever_is_that_of_the_model(rewards, value):
    n = len(rewards)
    cycle = Model.from_arrays(np.roll(np.eye(n), 1, axis=1)[:, None], np.array(rewards)[:, None], start=0, discount=1.0)
    policy = np.zeros(n, int)
    np.testing.assert_equal(start_values(cycle, policy[None]), value)
    np.testing.assert_equal(cycle.evaluate(policy)[0], value)
    to_both = np.zeros((2 * n + 1, 1, 2 * n + 1))  # a state leads to the cycle, and to another that loses
    to_both[0, 0, [1, n + 1]] = 0.5
    to_both[1 : n + 1, 0, 1 : n + 1] = to_both[n + 1 :, 0, n + 1 :] = cycle.chain(policy)[0].toarray()
    both = Model.from_arrays(to_both, np.r_[0.0, rewards, [-1] * n][:, None], start=0, discount=1.0)
    total = value - np.inf
    np.testing.assert_equal(start_values(both, np.zeros((1, 2 * n + 1), int)), total)
    np.testing.assert_equal(both.evaluate(np.zeros(2 * n + 1, int))[0], total)


def test_rewards_that_are_0_within_rounding_add_up_to_nothing():
    entries = [(0.1, 0, -3.0, False), (0.3, 0, -1.0, False), (0.6, 0, 1.0, False)]
    model = Model.from_function([0], [0], lambda state, action: entries, start=0, discount=1.0)
    assert model.expected_reward[0, 0] != 0
    assert start_values(model, np.zeros((1, 1), int)) == model.evaluate(np.zeros(1, int)) == 0


def test_a_policy_that_never_terminates_has_an_infinite_value_if_rewards_go_on():
    up, right, ways = 0, 1, CliffWalking().model
    assert start_values(ways, np.full((1, 48), up)) == -np.inf  # into a wall again and again
    assert start_values(ways, np.full((1, 48), right)) == -np.inf  # into the cliff
    policy = np.full((1, 48), up)
    policy[0, 24:35], policy[0, 35] = right, 2
    assert start_values(ways, policy) == -13
    for reward, value in ((-1.0, -np.inf), (0.0, -3.0), (1.0, np.inf)):
        loop = Model.from_arrays(np.eye(2)[[1, 1]][:, None], [[-3.0], [reward]], start=0, discount=1.0)
        assert start_values(loop, np.zeros((1, 2), int)) == value
    # The gain is −0.6 a step, though the rewards of the two states add up to 2.
    rarely = Model.from_arrays([[[0.9, 0.1]], [[1.0, 0.0]]], [[-1.0], [3.0]], start=0, discount=1.0)
    assert start_values(rarely, np.zeros((1, 2), int)) == -np.inf
    discounted = Model.from_arrays(np.eye(1)[None], [[-1.0]], start=0, discount=0.99)
    assert start_values(discounted, np.zeros((1, 1), int)) == pytest.approx(-100, rel=1e-9)


@pytest.mark.parametrize(("steps", "forward"), [(30, 0.1), (600, 0.99)])
def test_a_policy_that_seldom_comes_to_an_end_has_its_exact_value(steps, forward):
    """A step goes forward with probability p, else back to the start: Σ_k p^−k steps, k = 1, …, n, to the end."""

    def outcomes(state, _):
        ends = state == steps - 1
        return [(forward, state if ends else state + 1, -1.0, ends), (1 - forward, 0, -1.0, False)]

    model = Model.from_function(range(steps), [0], outcomes, start=0, discount=1.0)
    [value] = start_values(model, np.zeros((1, steps), int))
    assert value == pytest.approx(-sum(forward**-k for k in range(1, steps + 1)), rel=1e-9)
