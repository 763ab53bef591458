"""What agents have in common that learn with networks."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv
from torch import Tensor, nn

from rlnotes.agents.agent import Agent, Problem, ProblemError
from rlnotes.agents.deep.adam import Adam
from rlnotes.envs.errors import SettingError
from rlnotes.nn.errors import NetworkError
from rlnotes.nn.network import Approximator, Network
from rlnotes.nn.stack import stack

DEVICES = ("auto", "cpu", "cuda")


@dataclass
class DeepAgent(Agent):
    """An agent with a network a run, all of one description, and all on one `stack`.

    They learn by Adam [runs at once], from gradients whose norm is cut, of each run for itself. Computed by one thread,
    so that the numbers depend on no machine; a launcher spreads cells over cores.
    """

    network: Network = field(default_factory=Network)

    learning_rate: float = 1e-3
    """step size α of Adam, above 0"""

    clip_gradient: float = 10.0
    """greatest norm of the gradient of a run, above 0"""

    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one"""

    def __post_init__(self) -> None:
        for setting in ("learning_rate", "clip_gradient"):
            if not 0 < getattr(self, setting) < np.inf:
                raise SettingError(setting, getattr(self, setting), "must be above 0")
        if self.device not in DEVICES:
            raise SettingError.unknown("device", self.device, "torch", DEVICES)
        if self.device == "cuda" and not torch.cuda.is_available():
            raise SettingError("device", "cuda", "there is none here that torch can use; must be auto or cpu")

    def require_whole(self, setting: str, least: int) -> None:
        """Raise `SettingError` where a setting is not a whole number, `least` or more."""
        value = getattr(self, setting)
        if not isinstance(value, int) or value < least:
            raise SettingError(setting, value, f"must be a whole number, {least} or more")

    def check(self, problem: Problem) -> None:
        try:
            self.networks(problem)
        except NetworkError as error:
            setting = f"agent.network.{error.setting}={error.value}" if hasattr(self.network, error.setting) else ""
            what = f"with {setting}: {error.requirement}" if setting else f"of {error.setting}: {error.value}"
            raise ProblemError(f"needs other networks {what}") from None

    def networks(self, problem: Problem) -> dict[str, Approximator]:
        """New networks of one run, by name."""
        raise NotImplementedError

    def begin(self, problem: Problem, rng: np.random.Generator) -> None:
        super().begin(problem, rng)
        cuda = self.device != "cpu" and torch.cuda.is_available()
        self.problem, self.runs, self.place, self.t = problem, problem.runs, torch.device("cuda" if cuda else "cpu"), 0
        self.rng, self.generator = rng, torch.Generator(self.place)
        self.generator.manual_seed(int(rng.integers(2**63)))
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**63)))
            built = [self.networks(problem) for _ in range(problem.runs)]
        self.stacks = {name: stack([one[name] for one in built]).eval().to(self.place) for name in built[0]}
        self.adam = Adam(self.stacks.values(), self.learning_rate, self.clip_gradient)

    def learn(self, env: VectorEnv, steps: int) -> None:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            super().learn(env, steps)
        finally:
            torch.set_num_threads(threads)

    def learning(self, networks: nn.Module, *given: Any) -> Any:
        """What the networks make of something, which they take into account where they normalise."""
        if self.network.inputs == "none" and self.network.normalisation != "batch":
            return networks(*given)
        made = networks.train()(*given)
        networks.eval()
        return made

    def tensor(self, x: Any) -> Tensor:
        """Numbers where the networks are, in their precision."""
        return torch.as_tensor(x, dtype=torch.get_default_dtype(), device=self.place)

    def descend(self, loss: Tensor) -> None:
        """A step of Adam down the gradient of the loss [runs]; `SettingError` where it is not a number."""
        norm = self.adam.step(loss)
        if not norm.isfinite().all():
            run = int((~norm.isfinite()).nonzero()[0])
            what = f"lets learning diverge: in run {run}, step {self.t}, the loss is {loss[run].item():g}"
            raise SettingError("agent.learning_rate", self.learning_rate, what)


class Player:
    """A stack that is asked step by step, an observation of every run at a time; it forgets where an episode ended."""

    def __init__(self, networks: Approximator, remembers: bool) -> None:
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
            self.begins = torch.as_tensor(ended)[:, None, None]
