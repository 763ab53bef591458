"""A random state for each model, since models draw from the global generators of torch and NumPy."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


class OwnRandomState:
    """A random state for one model.

    While the context lasts, it replaces the global random state of torch and NumPy.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        torch_state = torch.Generator().manual_seed(seed).get_state()
        self.accessors: list[Any] = [
            (np.random.get_bit_generator, np.random.set_bit_generator),  # type: ignore[attr-defined]
            (torch.get_rng_state, torch.set_rng_state),
        ]
        self.inactive: list[Any] = [np.random.MT19937(seed), torch_state]
        if device.type == "cuda":
            self.accessors.append((torch.cuda.get_rng_state, torch.cuda.set_rng_state))
            self.inactive.append(torch.Generator(device).manual_seed(seed).get_state())

    def __enter__(self) -> None:
        self.swap()

    def __exit__(self, *reason: object) -> None:
        self.swap()

    def swap(self) -> None:
        """Exchange this state and the global one."""
        active = [get() for get, _ in self.accessors]
        for (_, put), state in zip(self.accessors, self.inactive, strict=True):
            put(state)
        self.inactive = active

    @property
    def state(self) -> list[Any]:
        """The state as plain values and tensors, outside of the context."""
        numpy_generator, *torch_states = self.inactive
        mersenne_twister = numpy_generator.state["state"]
        return [mersenne_twister["key"].tolist(), mersenne_twister["pos"], *torch_states]

    @state.setter
    def state(self, saved: list[Any]) -> None:
        key, position, *torch_states = saved
        generator = np.random.MT19937()
        generator.state = {"bit_generator": "MT19937", "state": {"key": np.array(key, np.uint32), "pos": position}}
        self.inactive = [generator, *(state.cpu() for state in torch_states)]


@contextmanager
def preserved_numpy_state() -> Iterator[None]:
    """Restore NumPy's global random state after the context.

    `OwnRandomState` alone would lose half a pair of normal numbers, which is not part of the bit generator.
    """
    state = np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
