"""Random numbers of a learner's own, of models that draw from those that torch and NumPy have for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


class Luck:
    """The random numbers that torch and NumPy draw for all who bring none: a learner's own, while it is at work."""

    def __init__(self, seed: int, place: torch.device) -> None:
        torch_luck = torch.Generator().manual_seed(seed).get_state()
        self.ways: list[Any] = [
            (np.random.get_bit_generator, np.random.set_bit_generator),  # type: ignore[attr-defined]
            (torch.get_rng_state, torch.set_rng_state),
        ]
        self.others: list[Any] = [np.random.MT19937(seed), torch_luck]
        if place.type == "cuda":
            self.ways.append((torch.cuda.get_rng_state, torch.cuda.set_rng_state))
            self.others.append(torch.Generator(place).manual_seed(seed).get_state())

    def __enter__(self) -> None:
        now = [get() for get, _ in self.ways]
        for (_, become), other in zip(self.ways, self.others, strict=True):
            become(other)
        self.others = now

    def __exit__(self, *reason: object) -> None:
        self.__enter__()

    @property
    def state(self) -> list[Any]:
        """Where it has come to, while its learner is not at work."""
        numpys, *torches = self.others
        now = numpys.state["state"]
        return [now["key"].tolist(), now["pos"], *torches]

    @state.setter
    def state(self, kept: list[Any]) -> None:
        key, position, *torches = kept
        fresh = np.random.MT19937()
        fresh.state = {"bit_generator": "MT19937", "state": {"key": np.array(key, np.uint32), "pos": position}}
        self.others = [fresh, *(state.cpu() for state in torches)]


@contextmanager
def kept() -> Iterator[None]:
    """Keep NumPy's luck for others whole, which forgets half a pair of normal numbers where it changes hands."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
