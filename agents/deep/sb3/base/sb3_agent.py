"""What the agents have in common that are stable-baselines3's."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from sys import maxsize
from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger, configure
from stable_baselines3.common.vec_env import DummyVecEnv
from torch import Tensor

from rlnotes.agents.base.agent import Agent, Problem, Transition
from rlnotes.agents.deep.base.deep_agent import DeepAgent, one_thread
from rlnotes.agents.deep.sb3.base.features import Features, headless
from rlnotes.agents.deep.sb3.base.learner import Learner, Watch, World, from_zero
from rlnotes.agents.deep.sb3.base.random_state import Luck, kept
from rlnotes.base.errors import SettingError
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.mlp import prepare

SILENT = Logger(None, [])


@dataclass
class SB3Agent(DeepAgent):
    """An agent of stable-baselines3's models, one a run, which learn in their own loops while the runs keep step.

    The networks are those of the description. Their initialisation is the project's too, of the heads as well. The
    random numbers of a run are its own.
    """

    packages = ("torch", "stable_baselines3", "sb3_contrib")
    keeps = ("t", "learned")
    logs = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_body()

    def check_body(self) -> None:
        """Raise `SettingError` where the model cannot have such a body."""
        if self.network.remembers:
            what = "remembers, which this agent has no place for; must be mlp or cnn"
            raise SettingError("network.body", self.network.body, what)

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        return {"features": headless(self.network, from_zero(problem.observation_space))}

    @abstractmethod
    def model(self, world: DummyVecEnv, **settings: Any) -> BaseAlgorithm:
        """A new model of one run, with the settings of all models."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        self.check(problem)
        self.warn_of_few_steps(problem)
        cuda = self.device != "cpu" and torch.cuda.is_available()
        self.problem, self.runs, self.t = problem, problem.runs, 0
        self.place = torch.device("cuda" if cuda else "cpu")
        seeds = rng.integers(2**63, size=problem.runs)
        with kept():
            self.learners = [self.learner(run, int(seed)) for run, seed in enumerate(seeds)]
        self.transition: Transition | None = None

    def learner(self, run: int, seed: int) -> Learner:
        """The learner of a run, with luck of its own."""
        observed, luck = from_zero(self.problem.observation_space), Luck(seed, self.place)
        world = World(observed, self.problem.action_space)
        world.action_space.seed(seed)
        with luck:
            model = self.model(
                DummyVecEnv([lambda: world]),
                learning_rate=self.changing("learning_rate"),
                gamma=self.problem.discount,
                max_grad_norm=self.clip_gradient,
                policy_kwargs=self.policy_settings(Features, {"network": self.network, "observed": observed}),
                device=self.place,
            )
            self.initialise(model)
        model.set_logger(SILENT)
        watch = Watch(run, self.network.inputs != "none", self.learning_rate)
        return Learner(model, world, watch, luck, self.problem.horizon or maxsize)

    @property
    def learned(self) -> list[dict[str, Any]]:
        """What changes of the models while they learn."""
        return [learner.state for learner in self.learners]

    @learned.setter
    def learned(self, kept: list[dict[str, Any]]) -> None:
        for learner, state in zip(self.learners, kept, strict=True):
            learner.state = state

    @contextmanager
    def log(self, folders: Sequence[Path]) -> Iterator[None]:
        if find_spec("tensorboard") is None:
            what = "needs the package of that name: pip install -c constraints.txt -e '.[tensorboard]'"
            raise SettingError("tensorboard", "true", what)
        try:
            for learner, folder in zip(self.learners, folders, strict=True):
                learner.model.set_logger(configure(str(folder), ["tensorboard"]))
        except OSError as error:
            raise SettingError("tensorboard", "true", f"{folder} cannot be written ({error.strerror})") from None
        try:
            yield
        finally:
            for learner in self.learners:
                learner.model.logger.close()
                learner.model.set_logger(SILENT)

    def changing(self, setting: str) -> Callable[[float], float]:
        """A setting that is a schedule, as the models call it: they ask while they learn, and tell what they did."""
        schedule = self.schedule(setting, positive=True)
        return lambda remaining: schedule.at(self.t)

    def policy_settings(self, extractor: type[Features], given: dict[str, Any]) -> dict[str, Any]:
        """What a model is told of its networks."""
        return {"features_extractor_class": extractor, "features_extractor_kwargs": given, "net_arch": []}

    def initialise(self, model: BaseAlgorithm) -> None:
        """Give the heads, which the model made, the weights that the description says."""
        for module in model.policy.modules():
            if type(module) is torch.nn.Linear:
                prepare(module, self.network.initialisation, "none")

    def act(self, observation: Any) -> np.ndarray:
        now, outcomes = self.vectors(observation), self.outcomes()
        actions = [learner.act(*given) for learner, *given in zip(self.learners, now, outcomes, strict=True)]
        return self.playable(actions)

    def playable(self, actions: list[Any]) -> np.ndarray:
        """Actions of the space [runs, ...], for those of the models, which are from 0."""
        space = self.problem.action_space
        return np.asarray(actions, space.dtype) + getattr(space, "start", 0)

    def update(self, transition: Transition) -> None:
        self.transition = transition
        self.t += 1

    def outcomes(self) -> list[Any]:
        """What followed the last action of each run."""
        if self.transition is None:
            return [None] * self.problem.runs
        _, _, reward, last, terminated, truncated = self.transition
        return list(zip(self.vectors(last), reward, terminated, truncated, strict=True))

    def vectors(self, observation: Any) -> np.ndarray:
        """Observations [runs, ...] as vectors [runs, numbers], those from finite sets from 0."""
        space = self.problem.observation_space
        return (observation - space.start if hasattr(space, "start") else observation).reshape(self.problem.runs, -1)

    def frozen(self) -> Agent:
        return FrozenModels(self)

    def greedy(self, runs: np.ndarray) -> np.ndarray:
        states = self.vectors(self.every_state).reshape(self.runs, -1, 1)
        return np.stack([self.learners[run].model.predict(states[run], deterministic=True)[0] for run in runs])

    def worth(self, observation: np.ndarray) -> Tensor:
        states = self.vectors(observation).reshape(self.runs, -1, 1)
        return torch.stack(
            [self.value(learner.model.policy, self.tensor(x)) for learner, x in zip(self.learners, states, strict=True)]
        )

    def weights(self, run: int) -> list[Tensor]:
        return list(self.learners[run].model.policy.state_dict().values())

    @abstractmethod
    def value(self, policy: Any, states: Tensor) -> Tensor:
        """V [batch] of states as vectors, as a model holds it to be."""

    def learn(self, env: VectorEnv, steps: int) -> None:
        for learner in self.learners:
            learner.model._last_obs = None  # since the environment is reset
        super().learn(env, steps)

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        with kept():
            try:
                observation = Agent.go_on(self, env, observation, steps)
                for learner, *given in zip(self.learners, self.vectors(observation), self.outcomes(), strict=True):
                    learner.finish(*given)
                self.transition = None
            finally:
                for learner in self.learners:
                    learner.stop()
        return observation


class FrozenModels(Agent):
    """Plays what the models of an agent hold to be best."""

    def __init__(self, agent: SB3Agent) -> None:
        self.agent, self.ended = agent, np.ones(agent.runs, bool)
        self.states: list[Any] = [None] * agent.runs

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        return super().go_on(env, observation, steps)

    def act(self, observation: Any) -> np.ndarray:
        actions = []
        for run, vector in enumerate(self.agent.vectors(observation)):
            model, state, ended = self.agent.learners[run].model, self.states[run], self.ended[run : run + 1]
            action, self.states[run] = model.predict(vector[None], state, ended, deterministic=True)
            actions.append(action[0])
        return self.agent.playable(actions)

    def update(self, transition: Transition) -> None:
        self.ended = transition.terminated | transition.truncated
