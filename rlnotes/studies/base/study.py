"""The contract of a study."""

from dataclasses import dataclass

import torch

from rlnotes.agents.deep.base.one_thread import one_thread
from rlnotes.experiments.experiment import Experiment, Measured


@dataclass
class Study(Experiment):
    """An experiment with the notes' layers."""

    seed: int = 0
    """seed of all random numbers"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_at_least("seed", 0)

    def run(self) -> Measured:
        """Run the experiment from the seed, with one thread; torch's own random numbers stay as they are."""
        with torch.random.fork_rng(devices=()), one_thread():
            torch.manual_seed(self.seed)
            return self.measure()
