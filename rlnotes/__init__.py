"""rlnotes: study notes on reinforcement learning as environments, agents and honest comparisons."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlnotes.comparison import compare
    from rlnotes.simulation.learnt_policy import player
    from rlnotes.simulation.store import load

__all__ = ["compare", "load", "player"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what is offered here only when it is used: nothing heavy is loaded before."""
    modules = {
        "compare": "rlnotes.comparison",
        "load": "rlnotes.simulation.store",
        "player": "rlnotes.simulation.learnt_policy",
    }
    if name not in modules:
        raise AttributeError(f"rlnotes has no {name}")
    return getattr(import_module(modules[name]), name)
