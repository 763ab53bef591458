"""Mistakes with deep agents end as errors of one line."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete
from support.deep import CHOICE, FORCES, OBSERVATIONS, RUNS, begun, experience, learn
from support.quick_agents import ACTORS, DEEP, quick

from rlnotes.agents.base.agent import Problem, ProblemError
from rlnotes.agents.deep.actor_critic import ActorCritic
from rlnotes.agents.deep.dqn import DQN
from rlnotes.agents.deep.drqn import DRQN
from rlnotes.agents.deep.ppo import PPO
from rlnotes.agents.deep.reinforce import Reinforce
from rlnotes.base.errors import SettingError
from rlnotes.envs.control.cart_pole import CartPole
from rlnotes.envs.mdps.chain import Chain
from rlnotes.nn.network import Network
from rlnotes.simulation.cell import Cell
from rlnotes.simulation.simulate import simulate


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: DQN(network=Network(body="lstm")), "network.body=lstm: .*agent=drqn"),
        (lambda: DRQN(network=Network()), "network.body=mlp: .*agent=dqn"),
        (lambda: PPO(network=Network(normalisation="batch")), "network.normalisation=batch: .*none or layer"),
        (lambda: PPO(minibatch=100), "minibatch=100: must divide the rollout, 256"),
        (lambda: PPO(minibatch=1), "minibatch=1: .*2 or more"),
        (lambda: PPO(network=Network(body="gru"), minibatch=8), "minibatch=8: must be a multiple of the sequence, 16"),
        (lambda: PPO(clip=0.0), "clip=0.0: .*above 0"),
        (lambda: PPO(network=Network(body="gru"), sequence=7), "sequence=7: must divide the rollout, 256"),
        (lambda: ActorCritic(decay=1.5), "decay=1.5: .*0 to 1"),
        (lambda: Reinforce(entropy=-1.0), "entropy=-1.0: .*0 or more"),
        (lambda: DQN(device="cuda"), "device=cuda: .*auto or cpu"),
        (lambda: DQN(device="gpu"), "device=gpu: unknown.*auto, cpu or cuda"),
        (lambda: DQN(learning_rate=0.0), "learning_rate=0.0: .*above 0"),
        (lambda: DQN(learning_rate="1/visits"), "learning_rate=1/visits: must be a number, linear:"),
        (lambda: DQN(learning_rate="fast"), "learning_rate=fast: must be a number, linear:"),
        (lambda: PPO(clip="linear:0.2:0:100"), "clip=linear:0.2:0:100: must be above 0 .*at all times"),
        (lambda: PPO(clip_gradient="x"), "clip_gradient=x: must be a number$"),
        (lambda: PPO(entropy=None), "entropy=None: must be a number$"),
        (lambda: PPO(clip=[1]), r"clip=\[1\]: must be a number or a word$"),
        (lambda: DQN(double="yes"), "double=yes: must be true or false$"),
        (lambda: DRQN(batch="many"), "batch=many: must be a whole number$"),
        (lambda: DQN(device=0), "device=0: must be a word$"),
        (lambda: DQN(network={"widths": [3]}), "network={'widths': .*}: must be a Network with the settings body"),
        (lambda: DQN(capacity=10), "capacity=10: .*begin_after, 1000"),
        (lambda: DRQN(sequence=2000), "begin_after=1000: must be 2004 or more"),
    ],
)
def test_an_impossible_setting_is_refused_in_one_line(make, line):
    if "cuda" in line and torch.cuda.is_available():
        pytest.skip("torch finds a GPU")
    with pytest.raises(SettingError, match=line) as refused:
        make()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", DEEP | ACTORS)
def test_an_error_names_run_and_step_if_learning_diverges(name):
    actions = FORCES if name in ACTORS else CHOICE
    for bad in (np.nan, np.inf):
        played = experience(60, actions=actions)
        steps = [step._replace(reward=np.where([False, True, False], bad, step.reward)) for step in played]
        with pytest.raises(SettingError, match=r"learning_rate=0.001: .* run 1, step \d+, the loss is (inf|nan)"):
            learn(begun(quick(name), actions=actions), steps)


def test_networks_and_spaces_that_do_not_fit_are_refused_in_one_line():
    with pytest.raises(ProblemError, match=r"network.body=cnn: needs an image"):
        DQN(network=Network(body="cnn")).check(Problem(Box(0, 1, (4,)), Discrete(2), 1, None))
    with pytest.raises(ProblemError, match=r"Discrete\(k\), not Box"):
        DQN().check(Problem(Box(0, 1, (4,)), Box(0, 1, (2,)), 1, None))
    with pytest.raises(
        SettingError, match=r"agent=dqn: does not fit env=chain: it needs .* agent.network.body=cnn: needs"
    ):
        Cell(DQN(network=Network(body="cnn")), Chain())
    with pytest.raises(ProblemError, match=r"actions=Box.*: .* a vector of MultiDiscrete, of MultiBinary or of a Box"):
        PPO().check(Problem(Box(0, 1, (4,)), Box(0, 1, (2, 2)), 1, None))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda loss: loss.mean(), r"^a loss must have the shape \[runs\], \[3\], not \[\]$"),
        (lambda loss: loss[:, None].expand(-1, 2), r"^a loss must have the shape \[runs\], \[3\], not \[3, 2\]$"),
        (lambda loss: loss.detach(), "^a loss must depend on the weights, and this one has no gradient$"),
    ],
)
def test_a_loss_that_is_not_one_of_every_run_with_a_gradient_is_refused(wrong, message, monkeypatch):
    monkeypatch.setattr(DQN, "loss", lambda self, whole=DQN.loss: wrong(whole(self)))
    with pytest.raises(ValueError, match=message):
        simulate(Cell(DQN(begin_after=30), CartPole(), steps=50, runs=3))


def test_a_replay_buffer_that_does_not_fit_into_memory_is_refused():
    with pytest.raises(SettingError, match=r"agent.capacity=1000000000000: needs .* GB of memory"):
        begun(DQN(capacity=10**12, begin_after=5))
    assert simulate(Cell(DQN(capacity=10**12), CartPole(), steps=50, runs=1))  # it stores 50 steps at most


@pytest.mark.parametrize(
    ("make", "first"),
    [(lambda: DQN(begin_after=30, learn_every=4), 32), (DRQN, 1000), (PPO, 256), (Reinforce, 512)],
    ids=["DQN", "DRQN", "PPO", "Reinforce"],
)
def test_a_warning_says_that_the_steps_are_too_few_to_learn(make, first):
    agent = make()

    def begin(steps):
        agent.begin(Problem(OBSERVATIONS, Discrete(2), RUNS, steps), np.random.default_rng(0))
        return agent.adam.theta.clone()

    with pytest.warns(UserWarning, match=f"steps={first - 1}: .* learns nothing, since it first learns after {first}"):
        begin(first - 1)
    weights = begin(first)
    for t, step in enumerate(experience(first), 1):
        agent.act(step.observation)
        agent.update(step)
        assert (agent.adam.theta == weights).all() == (t < first)
