"""Agents that learn from a replay buffer."""

from dataclasses import dataclass

from rlnotes.agents.deep.base.network_agent import NetworkAgent


@dataclass
class ReplayAgent(NetworkAgent):
    """An agent that learns from random earlier steps, with target networks of weights θ̄."""

    capacity: int = 50_000
    """steps per run in the replay buffer"""

    batch: int = 64
    """steps B per run in a batch"""

    begin_after: int = 1_000
    """steps before the first learning"""

    learn_every: int = 4
    """steps between two times of learning"""

    updates: int = 1
    """batches at each time of learning"""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("capacity", "batch", "begin_after", "learn_every", "updates"):
            self.require_whole(setting, 1)

    @property
    def steps_at_once(self) -> int:
        return self.batch


@dataclass
class CopyingAgent(ReplayAgent):
    """An agent whose θ̄ is a copy of θ that is made anew from time to time."""

    copy_every: int = 500
    """steps between two copies of θ to θ̄"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("copy_every", 1)
