"""rlnotes: study notes on reinforcement learning as environments, agents and honest comparisons."""

__version__ = "0.1.0"
