"""What agents have in common that learn with networks."""

import warnings
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import VectorEnv
from torch import Tensor

from rlnotes.agents.base.agent import Agent, Problem, ProblemError, Transition
from rlnotes.agents.deep.base.adam import Adam
from rlnotes.agents.deep.base.saved_state import packed, unpack
from rlnotes.agents.tabular.base.tabular_agent import votes
from rlnotes.base.errors import SettingError
from rlnotes.base.record import Record
from rlnotes.base.schedule import Schedule
from rlnotes.nn.base.approximator import Approximator
from rlnotes.nn.base.composed import Composed
from rlnotes.nn.base.stack import stack
from rlnotes.nn.network import Network

DEVICES = ("auto", "cpu", "cuda")


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch compute by one thread, for a while, and take for 0 what is below 1e-38.

    Adam's m of a weight that has no gradient any more ends there, and would make its steps ten times as dear.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)


@dataclass
class DeepAgent(Agent):
    """An agent with a network a run, all of one description, and all on one `stack`.

    They learn by Adam [runs at once], from gradients whose norm is cut, of each run for itself. Computed by one thread,
    so that the numbers depend on no machine; a launcher spreads cells over cores.
    """

    packages: ClassVar[tuple[str, ...]] = ("torch",)
    step_size_setting: ClassVar[str] = "learning_rate"
    resumable = True

    keeps: ClassVar[tuple[str, ...]] = ("t", "rng", "generator", "stacks", "adam")
    """attributes that change while it learns"""

    network: Network = field(default_factory=Network)

    learning_rate: int | float | str = 1e-3
    """step size α of Adam, above 0 and at most 1; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    clip_gradient: float = 10.0
    """greatest norm of the gradient of a run, above 0"""

    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one"""

    def __post_init__(self) -> None:
        self.require_kinds()
        self.learns_policy = not self.network.remembers
        self.schedule("learning_rate", positive=True)
        if not 0 < self.clip_gradient < np.inf:
            raise SettingError("clip_gradient", self.clip_gradient, "must be above 0")
        if self.device not in DEVICES:
            raise SettingError.unknown("device", self.device, "torch", DEVICES)
        if self.device == "cuda" and not torch.cuda.is_available():
            raise SettingError("device", "cuda", "there is none here that torch can use; must be auto or cpu")

    def schedule(self, setting: str, positive: bool) -> Schedule:
        """The schedule that a setting means, by steps alone; `SettingError` where it is none."""
        return Schedule.of(setting, getattr(self, setting), positive, counts=False)

    def refuse_batch_normalisation(self) -> None:
        """Raise `SettingError` where there is any, for agents that learn from what their policy was seen to do."""
        if self.network.normalisation == "batch":
            what = "would make of the policy that learns another than the one that played; must be none or layer"
            raise SettingError("network.normalisation", "batch", what)

    def check(self, problem: Problem) -> None:
        try:
            with torch.random.fork_rng(devices=()):
                self.networks(problem)
        except SettingError as error:
            own = "agent.network." if error.setting in self.network.setting_values() else ""
            raise ProblemError(f"needs networks that fit, and not {own}{error}") from None

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        """New networks of one run, by name."""
        raise NotImplementedError

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        self.warn_of_few_steps(problem)
        cuda = self.device != "cpu" and torch.cuda.is_available()
        self.problem, self.runs, self.place, self.t = problem, problem.runs, torch.device("cuda" if cuda else "cpu"), 0
        self.rng, self.generator = rng, torch.Generator(self.place)
        self.generator.manual_seed(int(rng.integers(2**63)))
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**63)))
            built = [self.networks(problem) for _ in range(problem.runs)]
        self.stacks = {name: stack([one[name].to(self.place) for one in built]).eval() for name in built[0]}
        self.adam = Adam(self.stacks.values(), self.clip_gradient)
        self.rates = self.schedule("learning_rate", positive=True)

    @property
    @abstractmethod
    def first_learning(self) -> int:
        """Steps after which it learns for the first time."""

    def warn_of_few_steps(self, problem: Problem) -> None:
        """Say so where a run is over before."""
        if problem.horizon is not None and problem.horizon < self.first_learning:
            name, first = type(self).__name__, self.first_learning
            what = f"steps={problem.horizon}: {name} learns nothing, since it begins to after {first} steps"
            warnings.warn(what, stacklevel=3)

    def frozen(self) -> Agent:
        return Frozen(self)

    def checkpoint(self) -> bytes:
        return packed(self)

    def resume(self, checkpoint: bytes) -> None:
        unpack(self, checkpoint, self.place)

    @abstractmethod
    def best(self, said: Any) -> Tensor:
        """The best actions by what the networks that play said, numbered from 0 where they are finite in number."""

    def actions(self, found: Tensor) -> np.ndarray:
        """What is found for a state of each run, [runs, 1, ...], or [runs, 1, 1, ...] of what remembers, as actions."""
        numbers, space = found.flatten(0, 1 + self.network.remembers).cpu().numpy(), self.problem.action_space
        if isinstance(space, Discrete):
            return numbers + space.start if space.start else numbers
        if isinstance(space, Box):
            numbers = np.clip(numbers, space.low, space.high)
        return numbers.astype(space.dtype)

    @torch.inference_mode()
    def greedy(self, runs: np.ndarray) -> np.ndarray:
        return self.best(next(iter(self.stacks.values()))(self.every_state)[0])[runs].cpu().numpy()

    @property
    def every_state(self) -> np.ndarray:
        """All states of a finite MDP [runs, states]."""
        states = self.problem.observation_space
        assert isinstance(states, Discrete)
        return np.tile(states.start + np.arange(states.n), (self.runs, 1))

    @abstractmethod
    def worth(self, observation: np.ndarray) -> Tensor:
        """V of states [runs, batch, ...], as it is held to be [runs, batch]."""

    @one_thread()
    @torch.inference_mode()
    def report(self) -> Record:
        """The `weights` [runs, numbers], all that the networks of a run have learnt.

        Of a finite MDP, of all runs, `learned_value` [states] too, the mean of V, and the `votes`, `greedy_for`.
        """
        rows = [torch.cat([part.reshape(-1) for part in self.weights(run)]) for run in range(self.runs)]
        learnt = Record(weights=torch.stack(rows).cpu().numpy())
        if not self.learns_policy or not self.problem.model:
            return learnt
        greedy_for = votes(self.greedy(np.arange(self.runs)), self.problem.model.actions)
        value = self.worth(self.every_state).mean(0).double().cpu().numpy()
        return learnt | Record(learned_value=value, greedy_for=greedy_for)

    def weights(self, run: int) -> list[Tensor]:
        """What the networks of a run have learnt, where they keep it."""
        return [part[run] for many in self.stacks.values() for part in many.state_dict().values()]

    @torch.no_grad()
    def recall(self, learnt: Record) -> None:
        """Know what the runs reported; `ValueError` where that is of other networks."""
        numbers = learnt.get("weights", np.empty((0, 0)))
        sizes = [part.numel() for part in self.weights(0)]
        if numbers.shape != (self.runs, sum(sizes)):
            raise ValueError(f"has weights {list(numbers.shape)}, and the networks {[self.runs, sum(sizes)]}")
        for run, row in enumerate(torch.as_tensor(numbers)):
            for part, found in zip(self.weights(run), row.split(sizes), strict=True):
                part.copy_(found.view(part.shape))

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        return super().go_on(env, observation, steps)

    def learning(self, networks: Composed, *given: Any) -> Any:
        """What the networks make of something, which they take into account where they normalise."""
        if self.network.inputs == "none" and self.network.normalisation != "batch":
            return networks(*given)
        networks.network.train()
        made = networks(*given)
        networks.network.eval()
        return made

    def tensor(self, x: Any) -> Tensor:
        """Numbers where the networks are, in their precision."""
        return torch.as_tensor(x, dtype=torch.get_default_dtype(), device=self.place)

    def descend(self, loss: Tensor) -> None:
        """A step of Adam down the gradient of the loss [runs]; `SettingError` where it is not a number."""
        finite = np.isfinite((self.adam.step(loss, self.rates.at(self.t)) + loss).detach().cpu().numpy())
        if not finite.all():
            run = int(finite.argmin())
            what = f"lets learning diverge: in run {run}, step {self.t}, the loss is {loss[run].item():g}"
            raise SettingError("agent.learning_rate", self.learning_rate, what)


class Frozen(Agent):
    """Plays what a deep agent holds to be best."""

    def __init__(self, agent: DeepAgent) -> None:
        self.agent, self.player = agent, Player(Composed(next(iter(agent.stacks.values()))), agent.network.remembers)

    @torch.inference_mode()
    def act(self, observation: Any) -> np.ndarray:
        return self.agent.actions(self.agent.best(self.player(observation)))

    @one_thread()
    def go_on(self, env: VectorEnv, observation: Any, steps: int) -> Any:
        return super().go_on(env, observation, steps)

    def update(self, transition: Transition) -> None:
        self.player.forget(transition.terminated | transition.truncated)


class Player:
    """A stack that is asked step by step, an observation of every run at a time; it forgets where an episode ended."""

    keeps = ("state", "begins")

    def __init__(self, networks: Composed, remembers: bool) -> None:
        self.networks, self.remembers = networks, remembers
        self.state: Any = None
        self.begins: Tensor | None = None

    def __call__(self, observation: np.ndarray) -> Any:
        """What the networks make of the observations [runs, ...]; of sequences so far, where they remember."""
        output, self.state = self.peek(observation)
        self.begins = None
        return output

    def peek(self, observation: np.ndarray) -> tuple[Any, Any]:
        """The same, and the state that would follow, without going there."""
        if self.remembers:
            return self.networks(observation[:, None, None], self.state, self.begins)
        return self.networks(observation[:, None])

    def forget(self, ended: np.ndarray) -> None:
        """Know of the runs [runs] whose episode ended."""
        if self.remembers and ended.any():
            self.begins = torch.as_tensor(ended, device=next(self.networks.network.parameters()).device)[:, None, None]
