"""Off-policy estimators, against numbers computed by hand, closed forms, and the coverage of their intervals."""

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from scipy import stats

from rlnotes import evaluate
from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset, Episode
from rlnotes.envs import BernoulliBandit, ClassificationBandit, RandomWalk
from rlnotes.off_policy.evaluation import ESTIMATORS

WALK, TWO = (Discrete(3), Discrete(2)), (Discrete(1), Discrete(2))
EPISODES = [
    Episode(np.array([0, 1, 2]), np.array([0, 1]), np.array([1.0, 2.0]), True, np.array([0.5, 0.25])),
    Episode(np.array([0, 2]), np.array([1]), np.array([4.0]), True, np.array([0.5])),
]
POLICY = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
UNBIASED = ("importance_sampling", "per_decision", "doubly_robust")


def means(data, policy, **settings):
    """The estimates by estimator."""
    return {name: one.mean for name, one in evaluate(data, policy, **settings).estimates.items()}


def test_weights_of_two_episodes_by_hand():
    found = means(Dataset.of(EPISODES, *WALK), POLICY, discount=0.5)
    first, second = 0.9 / 0.5, 0.8 / 0.25  # ρ_0 and ρ_1 of the first episode
    other = 0.1 / 0.5
    assert found["importance_sampling"] == pytest.approx((first * second * 2 + other * 4) / 2)
    weights = first * second + other
    assert found["weighted_importance_sampling"] == pytest.approx((first * second * 2 + other * 4) / weights)
    assert found["per_decision"] == pytest.approx((first * 1 + 0.5 * first * second * 2 + other * 4) / 2)
    v_0 = (first * 1 + other * 4) / (first + other)
    v_1 = first * second * 2 / (first * second + other)  # the second episode has ended and pays 0
    assert found["weighted_per_decision"] == pytest.approx(v_0 + 0.5 * v_1)


def test_the_model_of_two_episodes_by_hand():
    # Q̂(1, 1) = 2 and ends. The data has no action 0 in state 1: the mean reward 7/3, and it ends.
    v_1 = 0.2 * 7 / 3 + 0.8 * 2
    v_0 = 0.9 * (1 + 0.5 * v_1) + 0.1 * 4
    data = Dataset.of(EPISODES, *WALK)
    assert means(data, POLICY, discount=0.5)["direct_method"] == pytest.approx(v_0)


def logged_bandit(seed, n, behaviour=(0.8, 0.2), mean=(0.3, 0.6)):
    """n steps of two Bernoulli arms, one episode."""
    rng = np.random.default_rng(seed)
    action = (rng.random(n) < behaviour[1]).astype(np.int64)
    reward = (rng.random(n) < np.array(mean)[action]).astype(float)
    return Dataset.of([Episode(np.zeros(n + 1, np.int64), action, reward, False, np.array(behaviour)[action])], *TWO)


def test_the_standard_error_of_importance_sampling_is_that_of_the_closed_form():
    # Var(ρ R) = Σ_a π(a)²/π_b(a) μ_a − v² = .2²/.8·.3 + .8²/.2·.6 − .54² = 1.6434
    found = evaluate(logged_bandit(1, 1_000_000), [0.2, 0.8], steps_alone=True).estimates["importance_sampling"]
    assert found.standard_error * 1_000 == pytest.approx(np.sqrt(1.6434), rel=0.01)  # 6 standard errors of it
    assert abs(found.mean - 0.54) < 6 * found.standard_error


@pytest.mark.slow
@pytest.mark.parametrize("name", ESTIMATORS)
def test_intervals_of_a_bandit_cover_the_truth(name):
    """4,000 intervals of 95 % of 500 steps each; false alarm: 1e-6 for a true coverage of 94 to 96 %."""
    hits = 0
    for seed in range(4_000):
        one = evaluate(logged_bandit(seed, 500), [0.2, 0.8], steps_alone=True, estimators=[name]).estimates[name]
        hits += one.low <= 0.54 <= one.high
    assert stats.binom.ppf(5e-7, 4_000, 0.94) <= hits <= stats.binom.ppf(1 - 5e-7, 4_000, 0.96)


def walks(seed, episodes, steps=6):
    """Episodes of a random walk on 5 states, to the right with probability .5."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(episodes):
        state, states, actions, rewards, ended = 2, [2], [], [], False
        while not ended and len(actions) < steps:
            actions.append(int(rng.random() < 0.5))
            state += 2 * actions[-1] - 1
            ended = state in (-1, 5)
            rewards.append(float(state == 5))
            states.append(min(max(state, 0), 4))
        found.append(Episode(np.array(states), np.array(actions), np.array(rewards), ended, np.full(len(actions), 0.5)))
    return Dataset.of(found, Discrete(5), Discrete(2))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimates_of_episodes_approach_the_value_by_dynamic_programming(name):
    pi, v = 0.6, np.zeros(7)
    for _ in range(6):
        v[1:6] = pi * (v[2:] + np.eye(5)[4]) + (1 - pi) * v[:5]
        v[[0, 6]] = 0
    one = evaluate(walks(0, 4_000), [1 - pi, pi], estimators=[name]).estimates[name]
    bias = 0.02 if name == "direct_method" else 0.0  # its table does not know how many steps remain
    assert abs(one.mean - v[3]) < 6 * one.standard_error + bias


def test_where_the_policy_is_the_one_that_acted_importance_sampling_is_the_mean_return():
    data = walks(0, 50)
    found = evaluate(data, [0.5, 0.5])
    assert found.effective == pytest.approx(50)
    for name in ("importance_sampling", "weighted_importance_sampling", "per_decision", "weighted_per_decision"):
        assert found.estimates[name].mean == pytest.approx(data.returns.mean())


def test_doubly_robust_stays_unbiased_with_a_wrong_model():
    """The mean of 2,000 estimates; false alarm 1e-9. Rewards are not linear in the context, so the model is wrong."""
    rng, errors = np.random.default_rng(3), {"doubly_robust": [], "direct_method": []}
    for _ in range(2_000):
        z = rng.uniform(-1, 1, 60)
        x = np.stack([np.stack([z, 0 * z], 1), np.stack([0 * z, z], 1)], 1)  # no constant among the features
        p = 1 / (1 + np.exp(-2 * z))  # π_b of arm 1
        action = (rng.random(60) < p).astype(np.int64)
        reward = np.where(action == 1, z**2, 0.5)
        one = Episode(np.concatenate([x, x[:1]]), action, reward, False, np.where(action == 1, p, 1 - p))
        data = Dataset.of([one], Box(-1, 1, (2, 2), np.float64), Discrete(2))
        for name, value in means(data, [0.5, 0.5], steps_alone=True, estimators=errors).items():
            errors[name].append(value - (1 / 3 + 1 / 2) / 2)
    for name, list_of in errors.items():
        z = np.mean(list_of) / (np.std(list_of) / np.sqrt(2_000))
        assert (abs(z) < 6.2) == (name == "doubly_robust")


@pytest.mark.parametrize(
    ("env", "policy", "truth"),
    [
        (BernoulliBandit(means=[0.3, 0.6]), [0.2, 0.8], 0.54),
        (BernoulliBandit(), [0.1] * 10, None),
        (RandomWalk(states=5), [0.5, 0.5], None),
        (ClassificationBandit(examples="iris"), [1.0, 0.0, 0.0], 1 / 3),
    ],
)
def test_an_environment_knows_the_value_of_a_policy(env, policy, truth):
    found = env.policy_value(lambda observation: np.tile(policy, (len(observation), 1)))
    if isinstance(env, RandomWalk):
        truth = env.model.start @ env.model.evaluate(np.tile(policy, (env.model.states, 1)))
    assert found == (None if truth is None else pytest.approx(truth))


@pytest.mark.parametrize(
    ("policy", "settings", "message"),
    [
        ([0.2, 0.7], {}, r"policy=\[0.2, 0.7\]: must be probabilities, 0 or more, with the sum 1"),
        ([-0.5, 1.5], {}, "must be probabilities"),
        ([0.2, 0.3, 0.5], {}, r"gives an array \[3, 3\]; must be \[3, 2\]"),
        (POLICY[:2], {}, "has no row for the state 2"),
        (POLICY, {"discount": 2}, "discount=2: must be from 0 to 1"),
        (POLICY, {"estimators": ["importance_smapling"]}, r"did you mean importance_sampling\?"),
    ],
)
def test_a_wrong_policy_or_setting_is_refused(policy, settings, message):
    with pytest.raises(SettingError, match=message):
        evaluate(Dataset.of(EPISODES, *WALK), policy, **settings)


def test_data_without_probabilities_is_refused():
    unknown = [one._replace(probability=None) for one in EPISODES]
    with pytest.raises(SettingError, match="has no infos/probability"):
        evaluate(Dataset.of(unknown, *WALK), POLICY)


def test_an_action_that_the_data_never_has_is_refused():
    with pytest.raises(SettingError, match="has no step with action 1, and the policy takes it with"):
        evaluate(Dataset.of([EPISODES[0]._replace(action=np.array([0, 0]))], *WALK), POLICY * 0 + [0.9, 0.1])


def test_real_actions_are_refused():
    one = Episode(np.zeros(3, np.int64), np.zeros((2, 1)), np.zeros(2), True, np.ones(2))
    with pytest.raises(SettingError, match="must have a finite set of actions"):
        evaluate(Dataset.of([one], Discrete(1), Box(-1, 1, (1,), np.float64)), [1.0])


def test_estimators_that_need_a_model_are_left_out_without_states_and_contexts():
    one = EPISODES[0]._replace(observation=np.zeros((3, 4)))
    found = evaluate(Dataset.of([one, one], Box(-1, 1, (4,), np.float64), Discrete(2)), [0.5, 0.5])
    assert found.refused.keys() == {"direct_method", "doubly_robust", "switch"}
    assert len(found.estimates) == 4
