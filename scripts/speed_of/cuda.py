"""Speed of deep agents on a CUDA device."""

import time

import numpy as np
from rich.table import Table

from speed_of.deep import CASES, ours


def cuda(steps: int = 100_000, seeds: int = 1_000, device: str = "cuda") -> Table:
    """Our agents on CartPole-v1, whose runs learn together on a CUDA device; the environment computes on the processor.

    Raises `SettingError` if there is no such device.
    """
    table = Table(title=f"{steps:,} steps × {seeds:,} seeds, {device}")
    headings = ("agent", "seconds", "µs a step", "environment", "act", "learn")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "agent" else "right")
    for name in ("dqn", "ppo"):
        parts = np.array(ours(CASES[name], seeds, steps, device, time.perf_counter))
        times = [f"{part / steps * 1e6:.1f}" for part in (parts.sum(), *parts)]
        table.add_row(name, f"{parts.sum():.1f}", *times)
    return table
