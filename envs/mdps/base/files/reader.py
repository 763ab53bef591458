"""The model in a file, by the end of its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

from rlnotes.base.configured import is_list, is_real, is_whole
from rlnotes.base.errors import SettingError, enumerated, suggestion
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.base.input_file import size_of_file
from rlnotes.envs.mdps.base.files.arrays import read_arrays
from rlnotes.envs.mdps.base.files.cassandra import read_cassandra
from rlnotes.envs.mdps.base.files.contents import Contents
from rlnotes.envs.mdps.base.files.table import read_table
from rlnotes.envs.mdps.base.files.toy_text import read_json
from rlnotes.envs.mdps.base.model_builders import start_probabilities
from rlnotes.envs.mdps.base.picture import Picture

M = TypeVar("M")

READERS: dict[str, Callable[[Path], Contents]] = {
    ".csv": read_table,
    ".tsv": read_table,
    ".txt": read_table,
    ".npz": read_arrays,
    ".json": read_json,
    ".mdp": read_cassandra,
}
"""the reader of a file by the end of its name, in small letters"""
USUAL_DISCOUNT = 0.99
"""γ if neither the file nor a setting says it"""
EXAMPLE = Path(__file__).with_name("example.mdp")
"""a small model"""


def read_model(make: Callable[..., M], file: str | Path, start: Any = None, discount: float | None = None) -> M:
    """What `make` makes of the columns, discount, picture and names of the model in a file.

    Raises `SettingError` for `file`, with the line and the column at fault if it has lines.
    """
    contents = contents_of(Path(file))
    columns, names, own = contents
    states = len(columns.start)
    if start is not None:
        columns = columns._replace(start=start_probabilities(number_of_start(start, contents), states))
    given = {"start": start, "discount": discount}
    if discount is None:
        discount = USUAL_DISCOUNT if own is None else own
    try:
        return make(*columns, discount, picture_of(contents), names)
    except SettingError as error:
        raise error if given.get(error.setting) is not None else refused(file, str(error)) from None


def contents_of(file: Path) -> Contents:
    """What a file says. Raises `SettingError` if it is no model, or does not fit into memory."""
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise SettingError("file", file, f"must be a model, a file that ends in {enumerated([*READERS], 'or')}")
    try:
        require_memory("file", file, 10 * size_of_file(file))
        return reader(file)
    except SettingError as error:
        raise error if error.setting == "file" else refused(file, str(error)) from None
    except OSError as error:
        raise refused(file, error.strerror or str(error)) from None
    except (ValueError, EOFError, BadZipFile, RecursionError) as error:
        raise refused(file, str(error)) from None


def picture_of(contents: Contents) -> Picture:
    """The states in order."""
    states = len(contents.columns.start)
    actions = contents.names.actions if contents.names else range((len(contents.columns.offsets) - 1) // states)
    return Picture.of_states(states, [str(action) for action in actions])


def refused(file: str | Path, reason: str) -> SettingError:
    """The error of a file that holds no model."""
    return SettingError("file", file, f"must be the model of a finite MDP ({' '.join(reason.split())})")


def number_of_start(start: Any, contents: Contents) -> Any:
    """The number from 0 of a start state that is given by its name; a number or probabilities unchanged.

    Raises `SettingError` if there is no such state.
    """
    named = contents.names.states if contents.names else range(len(contents.columns.start))
    if is_list(start, is_real):
        return start
    if isinstance(start, str) or is_whole(start):
        if start in named:
            return list(named).index(start)
        if is_whole(start) and not any(map(is_whole, named)):
            return start
    close = suggestion(start, map(str, named)) if isinstance(start, str) else ""
    raise SettingError("start", start, f"must be one of the states, or a probability for each{close}")
