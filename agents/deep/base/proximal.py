"""What every proximal policy optimisation has."""

from dataclasses import dataclass

from rlnotes.agents.deep.base.deep_agent import DeepAgent
from rlnotes.base.errors import SettingError


@dataclass
class Proximal(DeepAgent):
    """An agent that learns several times from the steps of a rollout, by minibatches."""

    epochs: int = 10
    """how often the steps of a rollout are learnt from"""

    minibatch: int = 64
    """steps of a run that are learnt from at once, 2 or more, which divide `rollout`"""

    clip: int | float | str = 0.2
    """ε, above 0: how far ρ may go from 1 with a profit; it may change: linear:FIRST:LAST:STEPS, exponential:…"""

    def require_proximal(self, rollout: int) -> None:
        """Raise `SettingError` where one of these cannot be, for rollouts of a length."""
        self.require_whole("epochs", 1)
        self.require_whole("minibatch", 2)
        if rollout % self.minibatch:
            raise SettingError("minibatch", self.minibatch, f"must divide the rollout, {rollout}")
        self.schedule("clip", positive=True)
