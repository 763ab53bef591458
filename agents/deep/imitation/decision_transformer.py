"""The Decision Transformer."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch import Tensor

from rlnotes.agents.base.agent import Problem, Transition
from rlnotes.agents.deep.base.deep_data_agent import DeepDataAgent
from rlnotes.agents.deep.base.stepwise_network import StepwiseNetwork
from rlnotes.agents.deep.base.stochastic_agent import StochasticAgent
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.data.dataset import Dataset
from rlnotes.nn.base.approximator import ActionDistribution, Approximator
from rlnotes.nn.base.composed import Composed
from rlnotes.nn.base.step_tokens import TOKENS, CausalTransformer, Given, StepTokens
from rlnotes.nn.mlp import MLP
from rlnotes.nn.network import Network


@dataclass
class DecisionTransformer(DeepDataAgent, StochasticAgent):
    """Predict the actions of episodes from their returns, and act for a large one.

    maximise Σ_t log π(A_t | R̂_{t−K+1}, S_{t−K+1}, A_{t−K+1}, …, R̂_t, S_t),    R̂_t = R_t + R_{t+1} + … + R_T

    over the recorded steps, by a causal Transformer [notes 9.4] whose context has K = `network.window` steps. While it
    acts, R̂_0 is the `target_return`, and R̂_{t+1} = R̂_t − R_t. Returns are not discounted. It learns from whole
    episodes only, which terminated or reached the time limit. Where there is no limit and none terminated, as in
    bandits, the longest recordings are its episodes.

    It imitates the episodes that had such a return. If actions decide the return, it plays well. If luck decides, it
    imitates the lucky: an action that pays 5 or −5 at random was always followed by R̂ = 5 where it paid 5.
    Source: Chen et al., Decision Transformer: reinforcement learning via sequence modeling, NeurIPS 2021; for luck:
    Paster, McIlraith & Ba, You can't count on luck, NeurIPS 2022.
    """

    network: Network = field(default_factory=lambda: Network(body="transformer", widths=[64], window=20))

    batch: int = 32
    """sequences of `network.window` recorded steps per run in a minibatch"""

    target_return: float | None = None
    """return that it tries to get; null: the best one that its run has learnt from"""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network.body != "transformer":
            raise SettingError("network.body", self.network.body, "must be transformer")
        finite = self.target_return is None or abs(self.target_return) < np.inf
        self.require("target_return", finite, "must be a finite number, or null for the best return of the data")

    @property
    def steps_at_once(self) -> int:
        return self.batch * self.network.window

    def check(self, problem: Problem) -> None:
        super().check(problem)
        tokens = TOKENS * self.network.window
        sequences = problem.runs * self.batch * tokens * (tokens + 60 * self.network.widths[-1] * self.network.blocks)
        require_memory("agent.network.window", self.network.window, sequences)  # the mask, and features with gradients

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        network, width = self.network, self.network.widths[-1]
        observed = network.encoder(problem.observation_space)
        mlp = MLP(observed.outputs, network.widths[:-1], **network.layers)
        tokens = StepTokens(observed, mlp, problem.action_space, width, network.initialisation)
        body = CausalTransformer(width, network.heads, network.blocks, network.window, network.initialisation)
        head = ActionDistribution(width, problem.action_space, *network.last_of_policy)
        return {"policy": Approximator(tokens, body, head)}

    def stepwise(self) -> "ConditionedNetwork":
        return ConditionedNetwork(Composed(self.stacks["policy"]), self)

    def learn_from(self, data: Dataset) -> None:
        data = data.chosen(whole_episodes(data, self.problem.time_limit))
        self.check_data(data)
        self.to_go, self.time = returns_to_go(data), times(data)
        self.tokens.unit.fill_(abs(self.to_go).max() or 1)
        super().learn_from(data)
        self.tokens.best[:, 0] = torch.as_tensor(data.returns[self.recorded.episodes].max(axis=1))
        self.start_anew(np.ones(self.runs, bool))
        if self.target_return is not None and self.target_return > data.returns.max():
            warnings.warn(
                f"agent.target_return={self.target_return:g}: the best recorded episode has {data.returns.max():g}",
                stacklevel=2,
            )

    def follow(self, transition: Transition) -> None:
        self.policy.follow(transition)

    def draw_batch(self) -> np.ndarray:
        return self.recorded.draw_sequences(self.rng, self.batch, self.network.window)

    def loss(self, steps: np.ndarray) -> Tensor:
        data = self.recorded.data
        given = Given(self.seen(data.action[steps - 1]), self.to_go[steps], self.time[steps], data.observation[steps])
        begins = torch.as_tensor(self.time[steps] == 0, device=self.torch_device)
        output, _ = self.training_output(self.policy.networks, given, None, begins)
        policy = self.among(output, None if data.allowed is None else data.allowed[steps])
        return -policy.log_prob(self.network_actions(data.action[steps])).flatten(1).mean(1)

    def seen(self, action: np.ndarray) -> Any:
        """Actions as the network gets them."""
        return self.network_actions(action) if isinstance(self.problem.action_space, Box) else action

    @property
    def tokens(self) -> StepTokens:
        """The first part of the networks, which knows the returns of the data."""
        tokens = self.acting_networks.encoder
        assert isinstance(tokens, StepTokens)
        return tokens

    @property
    def targets(self) -> np.ndarray:
        """The return that every run tries to get [runs]."""
        best = self.tokens.best[:, 0].double().cpu().numpy()
        return best if self.target_return is None else np.full(self.runs, float(self.target_return))


class ConditionedNetwork(StepwiseNetwork):
    """The networks of all runs, applied step by step, with the return-to-go, the time and the last action."""

    state_names = (*StepwiseNetwork.state_names, "action", "to_go", "time")

    def __init__(self, networks: Composed, agent: DecisionTransformer) -> None:
        super().__init__(networks, remembers=True)
        self.agent, self.action = agent, None
        self.to_go, self.time = np.zeros(agent.runs), np.zeros(agent.runs, np.int64)
        self.start_anew(np.ones(agent.runs, bool))

    def given(self, observation: np.ndarray) -> tuple[Any, ...]:
        action = None if self.action is None else self.agent.seen(self.action)
        given = (None if x is None else x[:, None, None] for x in (action, self.to_go, self.time, observation))
        return Given(*given), self.state, self.begins

    def follow(self, transition: Transition) -> None:
        self.action = transition.action
        self.to_go = self.to_go - transition.reward
        self.time = self.time + 1
        super().follow(transition)

    def start_anew(self, ended: np.ndarray) -> None:
        super().start_anew(ended)
        self.to_go = np.where(ended, self.agent.targets, self.to_go)
        self.time = np.where(ended, 0, self.time)


def whole_episodes(data: Dataset, time_limit: int | None) -> np.ndarray:
    """The numbers of the whole episodes. Raises `SettingError` if the data has none."""
    terminated = data.terminated[data.first[1:] - 1]
    endless = time_limit is None and not terminated.any()
    found = np.flatnonzero(terminated | (data.lengths == (data.lengths.max() if endless else time_limit)))
    if not found.size:
        requirement = f"has no whole episode: none terminated or has {time_limit} steps, the time limit; record more"
        raise SettingError("data", data.env or "...", requirement)
    return found


def returns_to_go(data: Dataset) -> np.ndarray:
    """R̂_t, the sum of the rewards from each step to the end of its episode [steps]."""
    return np.concatenate([data.reward[part][::-1].cumsum()[::-1] for part in data.parts()])


def times(data: Dataset) -> np.ndarray:
    """The number of each step in its episode, from 0 [steps]."""
    return np.arange(len(data)) - np.repeat(data.first[:-1], data.lengths)
