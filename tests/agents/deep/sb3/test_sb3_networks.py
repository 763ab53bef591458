"""The networks of the stable-baselines3 agents give the same features as those of this project and of sb3-contrib."""

import pytest
import torch
from gymnasium.spaces import Discrete
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from support.quick_agents import SB3_ACTORS, quick
from support.sb3 import begun, episodes
from support.spaces import IMAGES, SPACES, sample

from rlnotes.agents.deep.sb3.base.features import Features, headless
from rlnotes.agents.deep.sb3.base.learner import RunEnvironment
from rlnotes.agents.deep.sb3.base.spaces import from_zero
from rlnotes.agents.deep.sb3.recurrent_ppo import Policy
from rlnotes.nn.network import Network


@pytest.mark.parametrize(
    ("body", "space"),
    [(b, s) for b in ("mlp", "cnn") for s in SPACES if s not in ("tuple", "dict") and (b == "mlp" or s in IMAGES)],
)
def test_features_are_those_of_the_network(body, space):
    space, network = from_zero(SPACES[space]), Network(body=body, widths=[6], inputs="standardise", maps=[2])
    env, alone = RunEnvironment(space, Discrete(2)), headless(network, space)
    features = Features(env.observation_space, network, space)
    alone.load_state_dict(features.state_dict())
    observation = sample(space, 7)
    vectors = observation.reshape(7, -1).astype(env.observation_space.dtype)
    assert vectors[0] in env.observation_space
    alone(observation)
    features.see(vectors)
    alone.eval()
    before = features(torch.as_tensor(vectors).float())
    torch.testing.assert_close(before, alone(observation)[0])
    assert (features.train()(torch.as_tensor(vectors).float()) == before).all()  # training did not see them again


def test_sequences_give_the_same_outputs_as_those_of_sb3_contrib():
    torch.manual_seed(0)
    lstm, state = torch.nn.LSTM(3, 4), (torch.randn(1, 5, 4), torch.randn(1, 5, 4))
    begins = torch.zeros(3, 5, 6)
    begins[1:, ::2, 0] = 1  # episodes begin at the start of some sequences
    begins[2, 1, 3] = 1  # and inside one
    for each in begins:
        given = torch.randn(30, 3), state, each.flatten(), lstm
        for ours, theirs in zip(
            flat(Policy._process_sequence(*given)),
            flat(RecurrentActorCriticPolicy._process_sequence(*given)),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def flat(result):
    return result[0], *result[1]


@pytest.mark.parametrize("name", SB3_ACTORS)
def test_both_q_have_hidden_layers_after_the_action_and_limited_gradients(name):
    agent = begun(quick(name, network={"widths": [5, 7]}, clip_gradient=0.5), episodes(name))
    critic = agent.learners[0].model.policy.critic
    x, a = torch.randn(4, 2), torch.rand(4, 2)
    for q, plus, minus, none in zip(critic.q_networks, critic(x, a), critic(x, -a), critic(x, 0 * a), strict=True):
        assert [layer.out_features for layer in q.modules() if isinstance(layer, torch.nn.Linear)] == [5, 7, 1]
        assert (plus + minus - 2 * none).abs().max() > 1e-4
    critic.optimizer.zero_grad()
    sum(q.sum() for q in critic(x, 100 * a)).backward()
    critic.optimizer.step()
    momenta = [critic.optimizer.state[weights]["exp_avg"] for weights in critic.parameters()]
    assert torch.nn.utils.get_total_norm(momenta).item() == pytest.approx(0.1 * 0.5, rel=1e-3)
