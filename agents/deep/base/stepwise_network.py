"""Networks that play: one observation of every run at a time."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from rlnotes.agents.base.agent import Transition
from rlnotes.agents.deep.base.saved_state import Stateful
from rlnotes.nn.base.composed import Composed


class StepwiseNetwork(Stateful):
    """The networks of all runs, applied step by step.

    They start anew after the end of an episode. A network that remembers has a `state` [runs, 1, ...], and `begins`
    [runs, 1, 1] marks the runs that start an episode. The output is [runs, 1, ...], or [runs, 1, 1, ...]
    if the networks remember.
    """

    state_names: ClassVar[tuple[str, ...]] = ("state", "begins")

    def __init__(self, networks: Composed, remembers: bool) -> None:
        self.networks, self.remembers = networks, remembers
        self.state: Any = None
        self.begins: Tensor | None = None

    def __call__(self, observation: np.ndarray) -> Any:
        """The output for the observations [runs, ...]; the state moves on by one step."""
        output, self.state = self.networks(*self.given(observation))
        self.begins = None
        return output

    def numbers(self, observation: np.ndarray) -> np.ndarray:
        """An output of numbers, as an array [runs, ...]; the state moves on by one step."""
        output, self.state = self.peek(observation)
        self.begins = None
        return output

    def peek(self, observation: np.ndarray) -> tuple[np.ndarray, Any]:
        """An output of numbers, as an array [runs, ...], and the state after it; the state does not move on."""
        output, state = self.networks.numbers(*self.given(observation))
        return output[:, 0, 0] if self.remembers else output[:, 0], state

    def given(self, observation: np.ndarray) -> tuple[Any, ...]:
        """What the networks get."""
        if self.remembers:
            return observation[:, None, None], self.state, self.begins
        return (observation[:, None],)

    def follow(self, transition: Transition) -> None:
        """Move on after a step of every run."""
        self.start_anew(transition.terminated | transition.truncated)

    def start_anew(self, ended: np.ndarray) -> None:
        """Mark the runs [runs] whose episode ended."""
        if self.remembers and ended.any():
            device = next(self.networks.network.parameters()).device
            self.begins = torch.as_tensor(ended, device=device)[:, None, None]
