"""Figures of the studies, for the documentation: the pictures that `python -m rlnotes.studies NAME` draws."""

from collections.abc import Callable
from typing import Any

from figures_of.drawing import FIGURES, IMAGES, write
from rlnotes.base.class_table import load_class
from rlnotes.cli.help import first_line
from rlnotes.studies import STUDIES


def picture(name: str, file: str, **settings: Any) -> Callable[[], None]:
    """A function that runs a study, draws it into a file, and prints its sentence."""

    def draw() -> None:
        study: Any = load_class(STUDIES[name])(**settings)
        found = study.run()
        write(study.picture(found), IMAGES / f"{file}.png", dpi=80)
        print(study.conclude(found))

    draw.__doc__ = f"the study {name}, for the documentation: {first_line(STUDIES[name])}"
    return draw


FIGURES |= {f"study_{name}": picture(name, f"study_{name}") for name in STUDIES}
FIGURES["study_gan_25"] = picture("gan", "study_gan_25", modes=25)
