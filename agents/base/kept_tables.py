"""The tables that a result keeps."""

import numpy as np

KEPT_RUNS = 100
"""runs whose tables are kept, at most"""
KEPT_NUMBERS = 2**20
"""numbers of a kept array, at most: 8 MiB"""


def kept(table: np.ndarray) -> np.ndarray:
    """A copy of the tables of the first runs, out of [runs, ...]: of as many as `KEPT_RUNS` and `KEPT_NUMBERS` allow.

    It has no rows if a single table is too large.
    """
    return table[: min(KEPT_RUNS, KEPT_NUMBERS // table[0].size)].copy()
