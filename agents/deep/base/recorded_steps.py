"""The recorded steps that every run learns from."""

import numpy as np

from rlnotes.base.memory_check import require_memory
from rlnotes.data.dataset import Dataset


class RecordedSteps:
    """The steps of some episodes of a data set, for every run its own, from which minibatches are drawn.

    `episodes` [runs, number] are the numbers of the episodes of every run. Steps are numbers too: step i has
    `data.observation[i]`, `data.action[i]` and so on, and an episode is a range of steps.
    Raises `SettingError` if the numbers of all steps do not fit into memory.
    """

    def __init__(self, data: Dataset, episodes: np.ndarray) -> None:
        self.data, self.episodes, lengths = data, episodes, data.lengths[episodes]
        self.counts = lengths.sum(axis=1)
        """steps of every run [runs]"""
        self.terminations = data.terminated[data.first[episodes + 1] - 1].sum(axis=1)
        """episodes of every run that terminated [runs]"""
        self.begins = np.zeros(len(data), bool)
        """whether an episode begins with a step [steps of the data]"""
        self.begins[data.first[:-1]] = True
        require_memory("runs", len(episodes), 8 * len(episodes) * int(self.counts.max()))
        self.steps = np.zeros((len(episodes), self.counts.max()), np.int64)
        """steps of every run, in the order of its episodes [runs, largest count]"""
        before = np.cumsum(lengths, axis=1) - lengths
        for run, chosen in enumerate(episodes):
            shift = np.repeat(data.first[chosen] - before[run], lengths[run])
            self.steps[run, : self.counts[run]] = shift + np.arange(self.counts[run])

    def draw(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        """Random steps [runs, batch], each of the steps of a run with the same probability."""
        return self.at(self.places(rng, batch))

    def draw_sequences(self, rng: np.random.Generator, batch: int, length: int) -> np.ndarray:
        """Random sequences of consecutive steps [runs, batch, length].

        After an episode comes the next one of the run, and after the last one the first.
        """
        return self.at((self.places(rng, batch)[..., None] + np.arange(length)) % self.counts[:, None, None])

    def places(self, rng: np.random.Generator, batch: int) -> np.ndarray:
        """Random places in `steps` [runs, batch]."""
        return (rng.random((len(self.counts), batch)) * self.counts[:, None]).astype(np.int64)

    def at(self, places: np.ndarray) -> np.ndarray:
        """The steps at places [runs, ...]."""
        return np.take_along_axis(self.steps, places.reshape(len(places), -1), 1).reshape(places.shape)
