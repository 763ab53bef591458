"""`python -m rlnotes.book NAME [setting=value ...]`: compute a figure of Sutton & Barto's book and draw it."""

from rlnotes.book import FIGURES
from rlnotes.experiments.command_line import Room

PURPOSE = "compute a figure of Sutton & Barto, Reinforcement Learning (2nd ed.), and draw it."
ROOM = Room("book", FIGURES, "figure", "figures", PURPOSE, "deep")

if __name__ == "__main__":
    ROOM.main()
