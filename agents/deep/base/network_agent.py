"""Agents that learn with networks: their settings and their reports."""

import warnings
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces import Discrete, MultiDiscrete, flatdim
from gymnasium.vector import VectorEnv
from torch import Tensor

from rlnotes.agents.base.agent import Agent, Problem, ProblemError
from rlnotes.agents.base.greedy_counts import greedy_counts
from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.agents.deep.base.saved_state import Stateful, pack, unpack
from rlnotes.base.errors import SettingError
from rlnotes.base.memory_check import require_memory
from rlnotes.base.record import Record
from rlnotes.base.schedule import Schedule
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.network import Network

DEVICES = ("auto", "cpu", "cuda")


@dataclass
class NetworkAgent(Agent, Stateful):
    """An agent with networks of the same description in every run.

    One thread computes, so the numbers do not depend on the number of cores; a launcher spreads cells over cores.
    """

    step_size_setting: ClassVar[str | None] = "learning_rate"
    plays_frozen = resumable = True
    forkable = False  # the threads of torch do not live on in a copy of a process

    network: Network = field(default_factory=Network)

    learning_rate: int | float | str = 1e-3
    """step size α of the optimiser, above 0 and at most 1; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    clip_gradient: float = 10.0
    """largest norm of the gradient of each network of a run, above 0"""

    device: str = "auto"
    """cpu, cuda, or auto: cuda if there is one"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.schedule("learning_rate", positive=True)
        self.require("clip_gradient", 0 < self.clip_gradient < np.inf, "must be above 0")
        self.require_choice("device", DEVICES)
        cuda = self.device != "cuda" or torch.cuda.is_available()
        self.require("device", cuda, "torch finds no such device here; must be auto or cpu")

    @property
    def learns_policy(self) -> bool:  # type: ignore[override]  # depends on a setting
        return not self.network.remembers

    @property
    def device_kind(self) -> str:  # type: ignore[override]  # depends on a setting and on the computer
        return "cuda" if self.device != "cpu" and torch.cuda.is_available() else "cpu"

    def schedule(self, setting: str, positive: bool, horizon: int | None = None) -> Schedule:
        """The schedule that a setting describes, over the steps of a run; raises `SettingError` if it is not one."""
        return Schedule.of(setting, getattr(self, setting), positive, counts=False, horizon=horizon)

    def check(self, problem: Problem) -> None:
        super().check(problem)
        sizes = "maps" if self.network.body == "cnn" else "widths"
        try:
            with torch.random.fork_rng(devices=()), torch.device("meta"):  # meta: shapes without numbers
                parts = [part for network in self.networks(problem).values() for part in network.parameters()]
            numbers = sum(part.numel() for part in parts)
        except SettingError as error:
            own = "agent.network." if error.setting in self.network.setting_values() else ""
            raise ProblemError(f"needs networks that fit, but {own}{error}") from None
        except (RuntimeError, TypeError, OverflowError) as error:
            if "overflow" not in str(error).lower():
                raise
            numbers = 2**63
        # the numbers of all runs, their gradients, and the two averages of Adam
        require_memory(f"agent.network.{sizes}", getattr(self.network, sizes), 16 * numbers * problem.runs)
        if isinstance(problem.observation_space, Discrete | MultiDiscrete):
            # one-hot inputs of all runs, of 64 bits, then real numbers; the policy of a model is read for all states
            states = problem.model.states if problem.model and self.learns_policy else 1
            inputs = flatdim(problem.observation_space) * max(states, self.steps_at_once)
            require_memory("runs", problem.runs, 12 * inputs * problem.runs)

    @abstractmethod
    def networks(self, problem: Problem) -> dict[str, Approximator]:
        """New networks of one run, by name."""

    @property
    @abstractmethod
    def steps_at_once(self) -> int:
        """Steps of a run that its networks take in at once, at most."""

    @property
    @abstractmethod
    def first_learning(self) -> int:
        """Steps before it learns for the first time."""

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        if problem.horizon is not None and problem.horizon < self.first_learning:
            name, first = type(self).__name__, self.first_learning
            message = f"steps={problem.horizon}: {name} learns nothing, since it first learns after {first} steps"
            warnings.warn(message, stacklevel=3)
        self.problem, self.runs, self.t = problem, problem.runs, 0
        self.torch_device = torch.device(self.device_kind)

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        return super().go_on(env, observation, steps)

    def checkpoint(self) -> bytes:
        return pack(self)

    def resume(self, checkpoint: bytes) -> None:
        unpack(self, checkpoint, self.torch_device)

    def tensor(self, x: Any) -> Tensor:
        """Numbers on the device and in the precision of the networks."""
        return torch.as_tensor(x, dtype=torch.get_default_dtype(), device=self.torch_device)

    @property
    def every_state(self) -> np.ndarray:
        """All states of a finite MDP [runs, states]."""
        states = self.problem.observation_space
        assert isinstance(states, Discrete)
        return np.tile(states.start + np.arange(states.n), (self.runs, 1))

    def state_values(self, observation: np.ndarray) -> Tensor | None:
        """The estimates of V [runs, batch] for states [runs, batch, ...]; None if it learns none."""
        return None

    @one_thread()
    @torch.inference_mode()
    def learned_values(self, runs: np.ndarray) -> np.ndarray | None:
        values = self.state_values(self.every_state)
        return None if values is None else values[runs].double().cpu().numpy()

    @abstractmethod
    def weights(self, run: int) -> list[Tensor]:
        """The weights of a run's networks, not copied."""

    @one_thread()
    @torch.inference_mode()
    def report(self) -> Record:
        """The `weights` [runs, numbers].

        In a finite MDP also `greedy_for`, the number of runs whose greedy policy takes each action, and
        `learned_value` [states], V averaged over the runs, if it learns values.
        """
        rows = [torch.cat([part.reshape(-1) for part in self.weights(run)]) for run in range(self.runs)]
        record = Record(weights=torch.stack(rows).cpu().numpy())
        if not self.learns_policy or not self.problem.model:
            return record
        greedy_for = greedy_counts(self.greedy(np.arange(self.runs)), self.problem.model.actions)
        record |= Record(greedy_for=greedy_for)
        values = self.state_values(self.every_state)
        return record if values is None else record | Record(learned_value=values.mean(0).double().cpu().numpy())

    @torch.no_grad()
    def recall(self, learnt: Record) -> None:
        """Take over the reported weights; raises `ValueError` if they belong to other networks."""
        weights = learnt.get("weights", np.empty((0, 0)))
        sizes = [part.numel() for part in self.weights(0)]
        if weights.shape != (self.runs, sum(sizes)):
            raise ValueError(f"has weights {list(weights.shape)}, and the networks {[self.runs, sum(sizes)]}")
        for run, row in enumerate(torch.as_tensor(weights)):
            for part, saved in zip(self.weights(run), row.split(sizes), strict=True):
                part.copy_(saved.view(part.shape))
