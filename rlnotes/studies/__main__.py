"""`python -m rlnotes.studies NAME [setting=value ...]`: run a study of the notes' layers and draw what it found."""

from rlnotes.experiments.command_line import Room
from rlnotes.studies import STUDIES

PURPOSE = "run a study of the notes' layers and draw what it found."
ROOM = Room("studies", STUDIES, "study", "studies", PURPOSE, "studies")

if __name__ == "__main__":
    ROOM.main()
