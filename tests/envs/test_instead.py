"""Things of Gymnasium's that are no environments of a comparison: the error says what to write instead."""

import gymnasium as gym
import pytest
from gymnasium import wrappers

from rlnotes import compare
from rlnotes.agents import UCB
from rlnotes.base.errors import SettingError
from rlnotes.envs import Garnet, GaussianBandit, Registered


class Target(gym.Env):
    """An environment without an id."""


@pytest.mark.parametrize(
    ("make", "written"),
    [
        (lambda: gym.make("FrozenLake-v1"), '"FrozenLake-v1"'),
        (
            lambda: gym.make("FrozenLake-v1", is_slippery=False, max_episode_steps=7, render_mode="ansi"),
            """Registered("FrozenLake-v1", {'max_episode_steps': 7, 'is_slippery': False})""",
        ),
        (
            lambda: wrappers.TimeAwareObservation(gym.make("CartPole-v1")),
            """Registered("CartPole-v1", {'wrappers': [{'name': 'TimeAwareObservation', 'flatten': True, """
            """'normalize_time': False, 'dict_time_key': 'time'}]})""",
        ),
        (lambda: gym.make_vec("CartPole-v1", num_envs=4), '"CartPole-v1" and runs=4'),
        (
            lambda: gym.make_vec("FrozenLake-v1", num_envs=3, is_slippery=False, vectorization_mode="sync"),
            """Registered("FrozenLake-v1", {'is_slippery': False}) and runs=3""",
        ),
    ],
)
def test_what_gymnasium_made_is_refused_with_what_to_write_and_that_works(make, written):
    with pytest.raises(SettingError) as refused:
        compare("random", make(), progress=False)
    assert str(refused.value).endswith(f"must be an object of a subclass of Environment, or an id; write {written}")
    env, _, runs = written.partition(" and runs=")
    made = eval(env, {"Registered": Registered})
    assert len(compare("random", made, steps=400, runs=int(runs or 2), progress=False).rows) == 1


@pytest.mark.parametrize(
    ("thing", "written"),
    [
        (Target(), 'gymnasium.register("Target-v0", entry_point=Target), then "Target-v0"'),
        (Target, 'gymnasium.register("Target-v0", entry_point=Target), then "Target-v0"'),
        (lambda: Target(), 'gymnasium.register("Mine-v0", entry_point=...), then "Mine-v0"'),
        (GaussianBandit, "GaussianBandit()"),
        (Garnet().model, "ModelEnv(model)"),
    ],
)
def test_what_makes_an_environment_is_refused_with_what_to_write(thing, written):
    with pytest.raises(SettingError) as refused:
        compare("random", [thing], progress=False)
    assert str(refused.value).endswith(f"; write {written}")


def test_a_class_of_an_agent_is_refused_with_what_to_write():
    with pytest.raises(SettingError, match=r"^agent=UCB: must be an object; write UCB\(\)$"):
        compare(UCB, GaussianBandit(), progress=False)


def test_other_things_are_refused_without_advice():
    with pytest.raises(SettingError, match=r"env=int: must be an object of a subclass of Environment$"):
        compare("random", 3, progress=False)
