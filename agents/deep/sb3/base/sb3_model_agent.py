"""Agents with the models of stable-baselines3, one per run: how the models are built and read."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from sys import maxsize
from typing import Any, ClassVar

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import Tensor, nn

from rlnotes.agents.base.agent import Problem
from rlnotes.agents.deep.base.network_agent import NetworkAgent
from rlnotes.agents.deep.sb3.base.features import Features, headless
from rlnotes.agents.deep.sb3.base.learner import BeforeRollout, Learner, RunEnvironment
from rlnotes.agents.deep.sb3.base.random_state import OwnRandomState, preserved_numpy_state
from rlnotes.agents.deep.sb3.base.spaces import first_number, from_zero
from rlnotes.agents.deep.sb3.base.tensorboard import SILENT, logs
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.mlp import prepare


@dataclass
class SB3ModelAgent(NetworkAgent):
    """An agent with one model of stable-baselines3 per run.

    The networks, heads included, have the architecture and the initialisation of `network`. Each run has its own
    random numbers.
    """

    state_names = ("t", "learner_states")
    logs = True

    model_state: ClassVar[tuple[str, ...]] = ("num_timesteps", "_episode_num", "_last_obs", "_last_episode_starts")
    """attributes of a model, beside its parameters, that change during learning"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_body()

    def check_body(self) -> None:
        """Raise `SettingError` unless the model can have the body of the network."""
        if self.network.remembers:
            requirement = "remembers, which this agent does not support; must be mlp or cnn"
            raise SettingError("network.body", self.network.body, requirement)

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        return {"features": headless(self.network, from_zero(problem.observation_space))}

    @abstractmethod
    def model(self, env: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        """A new model of one run; `settings` are the settings of all models."""

    @property
    def gradient_settings(self) -> dict[str, Any]:
        """The settings of a model that limit its gradient."""
        return {"max_grad_norm": self.clip_gradient}

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        """The settings of a model's networks; `given` are the arguments of the feature extractor."""
        return {"features_extractor_class": extractor, "features_extractor_kwargs": given, "net_arch": []}

    def initialise(self, model: BaseAlgorithm) -> None:
        """Initialise the heads, which the model made, as `network` describes."""
        for module in model.policy.modules():
            if type(module) is torch.nn.Linear:
                prepare(module, self.network.initialisation, "none")
        for layer in self.last_of_policy(model.policy):
            layer.weight.data *= self.network.policy_gain

    def last_of_policy(self, policy: Any) -> list[nn.Linear]:
        """The last layers of π(a|s); none if the model has only Q."""
        return []

    @abstractmethod
    def value(self, policy: Any, states: Tensor) -> Tensor:
        """The estimates of V [batch] of a model's `policy` for states as vectors [batch, numbers]."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        seeds = rng.integers(2**63, size=problem.runs)
        with preserved_numpy_state():
            self.learners = [self.learner(run, int(seed)) for run, seed in enumerate(seeds)]

    def learner(self, run: int, seed: int) -> Learner:
        """The learner of a run, with its own random numbers."""
        observed, random_state = from_zero(self.problem.observation_space), OwnRandomState(seed, self.torch_device)
        env = RunEnvironment(observed, self.problem.action_space)
        env.action_space.seed(seed)
        with random_state:
            model = self.model(
                DummyVecEnv([lambda: env]),
                learning_rate=self.scheduled("learning_rate"),
                gamma=self.problem.discount,
                **self.gradient_settings,
                policy_kwargs=self.policy_settings(Features, {"network": self.network, "observed": observed}),
                device=self.torch_device,
            )
            self.initialise(model)
        model.set_logger(SILENT)
        callback = BeforeRollout(run, self.network.inputs != "none", self.learning_rate)
        return Learner(model, env, callback, random_state, self.problem.horizon or maxsize, self.model_state)

    def scheduled(self, setting: str) -> Callable[[float], float]:
        """A setting that is a schedule as the function that models call; the steps of the run decide its value."""
        schedule = self.schedule(setting, positive=True, horizon=self.problem.horizon)
        return lambda remaining: schedule.at(self.t)

    def vectors(self, observation: Any) -> np.ndarray:
        """Observations [runs, ...] as vectors [runs, numbers] for the models."""
        return (observation - first_number(self.problem.observation_space)).reshape(self.runs, -1)

    def env_actions(self, actions: list[Any]) -> np.ndarray:
        """Actions of the models as actions of the environment [runs, ...]."""
        space = self.problem.action_space
        return np.asarray(actions, space.dtype) + first_number(space)

    @property
    def learner_states(self) -> list[dict[str, Any]]:
        """Everything that changes in the models during learning."""
        return [learner.state for learner in self.learners]

    @learner_states.setter
    def learner_states(self, saved: list[dict[str, Any]]) -> None:
        for learner, state in zip(self.learners, saved, strict=True):
            learner.state = state

    def log(self, folders: Sequence[Path]) -> AbstractContextManager[None]:
        return logs([learner.model for learner in self.learners], folders)

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        states = self.vectors(self.every_state).reshape(self.runs, -1, 1)
        return np.stack([self.learners[run].model.predict(states[run], deterministic=True)[0] for run in runs])

    def state_values(self, observation: np.ndarray) -> Tensor:
        states = self.vectors(observation).reshape(self.runs, -1, 1)
        policies = [learner.model.policy for learner in self.learners]
        return torch.stack([self.value(policy, self.tensor(x)) for policy, x in zip(policies, states, strict=True)])

    def weights(self, run: int) -> list[Tensor]:
        return list(self.learners[run].model.policy.state_dict().values())
