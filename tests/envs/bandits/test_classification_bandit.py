"""The bandit of labelled examples."""

import numpy as np
import pytest

from rlnotes.base.errors import SettingError
from rlnotes.envs import ClassificationBandit


@pytest.mark.parametrize(("examples", "arms", "size"), [("iris", 3, 5), ("digits", 10, 65), ("breast_cancer", 2, 31)])
def test_the_class_of_the_observed_example_pays_1(examples, arms, size):
    env = ClassificationBandit(examples=examples, num_envs=50)
    observation, _ = env.reset(seed=0)
    for step in range(5):
        assert observation.shape == (50, arms, arms * size)
        assert env.observation_space.contains(observation)
        z = observation[:, 0, :size]  # the features, at the place of arm 0
        for arm in range(arms):
            assert np.array_equal(observation[:, arm, arm * size : (arm + 1) * size], z)
        assert np.count_nonzero(observation) == arms * np.count_nonzero(z)
        matches = (env.z == z[:, None]).all(axis=2)
        classes = [env.classes[row.argmax()] for row in matches]
        action = np.full(50, step % arms)
        observation, reward, _, _, info = env.step(action)
        assert reward.tolist() == (np.array(classes) == action).astype(float).tolist()
        assert info["regret"].tolist() == (1 - reward).tolist()


def test_fewer_arms_are_the_first_classes():
    env = ClassificationBandit(examples="digits", arms=3)
    assert set(env.classes) == {0, 1, 2}
    with pytest.raises(SettingError, match="arms=11: must be at most 10, the number of classes, or null"):
        ClassificationBandit(arms=11)


def test_unknown_examples_are_refused():
    with pytest.raises(SettingError, match=r"examples=irs: unknown \(did you mean iris\?\)"):
        ClassificationBandit(examples="irs")
