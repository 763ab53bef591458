"""rlnotes: study notes on reinforcement learning as environments, agents and fair comparisons."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlnotes.comparison import compare, load
    from rlnotes.off_policy.evaluation import evaluate
    from rlnotes.simulation.learnt_policy import player

__all__ = ["compare", "evaluate", "load", "player"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import rlnotes` loads nothing heavy."""
    modules = {
        "compare": "rlnotes.comparison",
        "load": "rlnotes.comparison",
        "evaluate": "rlnotes.off_policy.evaluation",
        "player": "rlnotes.simulation.learnt_policy",
    }
    if name not in modules:
        raise AttributeError(f"rlnotes has no {name}")
    return getattr(import_module(modules[name]), name)
