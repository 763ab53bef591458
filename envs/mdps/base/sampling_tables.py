"""The tables from which a finite MDP is stepped: by the alias method, one look-up draws any number of outcomes."""

from typing import Annotated, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from rlnotes.base.kernels import ConstBoolVector, ConstFloatVector, ConstInt32Vector, ConstIntVector, kernel, records
from rlnotes.envs.mdps.base.model import Model

PAIR = np.dtype(
    [("share", "f8"), ("reward", "f8"), ("other_reward", "f8"), ("next_state", "i4"), ("other_next_state", "i4")]
)
"""Two entries of a row, and the share of the first: all that a step reads, in half a cache line.

The next state s of a terminated entry is stored as its complement, −1 − s.
"""

Pairs = Annotated[np.ndarray, records(PAIR)]


class SamplingTables(NamedTuple):
    """The tables of a model."""

    spans: np.ndarray
    """[states · actions, 2], the first pair of each row and the number of its pairs"""
    pairs: np.ndarray
    """[entries], of type `PAIR`"""
    start: np.ndarray
    """[states], cumulative probabilities of the start states"""


TABLES: WeakKeyDictionary[Model, SamplingTables] = WeakKeyDictionary()
"""tables by model, shared by all environments of the model"""


def sampling_tables(model: Model) -> SamplingTables:
    """The tables of a model, made at the first call; an action that is not available has the row of the nearest."""
    if model not in TABLES:
        pairs = aligned(len(model.probability), PAIR)
        fill_pairs(model.offsets, model.next_state, model.probability, model.reward, model.terminated, pairs)
        begin = model.offsets[:-1].reshape(model.available.shape)
        spans = np.stack([begin, np.diff(model.offsets).reshape(begin.shape)], axis=-1)
        if not model.available.all():
            spans = np.take_along_axis(spans, nearest(model.available)[:, :, None], axis=1)
        start = np.cumsum(model.start)
        TABLES[model] = SamplingTables(spans.reshape(-1, 2).astype(np.int32), pairs, start / start[-1])
    return TABLES[model]


def aligned(size: int, dtype: np.dtype) -> np.ndarray:
    """An empty array that begins at a cache line, so that an item of half a line never lies in two lines."""
    bytes = np.empty(size * dtype.itemsize + 64, np.uint8)
    begin = -bytes.ctypes.data % 64
    return bytes[begin : begin + size * dtype.itemsize].view(dtype)


def nearest(available: np.ndarray) -> np.ndarray:
    """[states, actions], the nearest available action; of two equally near ones the lower."""
    action = np.arange(available.shape[1])
    far = 2 * len(action)
    below = np.maximum.accumulate(np.where(available, action, -far), axis=1)
    above = np.minimum.accumulate(np.where(available, action, 2 * far)[:, ::-1], axis=1)[:, ::-1]
    return np.where(action - below <= above - action, below, above)


@kernel()
def fill_pairs(
    offsets: ConstIntVector,
    next_state: ConstInt32Vector,
    probability: ConstFloatVector,
    reward: ConstFloatVector,
    terminated: ConstBoolVector,
    pairs: Pairs,
) -> None:
    """Fill `pairs` [entries]: if the pairs of a row are drawn uniformly, each entry comes with its own probability.

    Source: Walker's alias method, by the algorithm of Vose, IEEE Transactions on Software Engineering 17 (1991).
    """
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    share, other = np.empty(longest), np.empty(longest, np.int64)
    poor, rich = np.empty(longest, np.int64), np.empty(longest, np.int64)
    for row in range(len(offsets) - 1):
        first, n = offsets[row], offsets[row + 1] - offsets[row]
        poors = riches = 0
        for i in range(n):
            share[i], other[i] = n * probability[first + i], i
            if share[i] < 1:
                poor[poors] = i
                poors += 1
            else:
                rich[riches] = i
                riches += 1
        while poors and riches:
            i, j = poor[poors - 1], rich[riches - 1]
            other[i] = j
            share[j] -= 1 - share[i]
            poors -= 1
            if share[j] < 1:
                poor[poors] = j
                poors, riches = poors + 1, riches - 1
        for i in range(n):
            own, another = first + i, first + other[i]
            pairs[own].share = share[i] if other[i] != i else 1.0
            pairs[own].reward, pairs[own].other_reward = reward[own], reward[another]
            pairs[own].next_state = ~next_state[own] if terminated[own] else next_state[own]
            pairs[own].other_next_state = ~next_state[another] if terminated[another] else next_state[another]
