"""The size of a measurement, and the noise floor: the time that NumPy's generator needs for one normal per pull."""

import time

import numpy as np

RUNS = 1_000
REPEATS = 9


def floor(steps: int) -> float:
    """Seconds to draw one standard normal per run and step."""
    rng = np.random.default_rng(0)
    begin = time.perf_counter()
    for _ in range(steps):
        rng.standard_normal(RUNS)
    return time.perf_counter() - begin
