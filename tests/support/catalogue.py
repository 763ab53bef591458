"""The classes of a catalogue that can be used here."""

from importlib.util import find_spec

from rlnotes.base.class_table import load_class


def installed(catalogue):
    """The classes of a catalogue; without torch those that do not need it."""
    paths = [path for path in catalogue.values() if find_spec("torch") or ".deep." not in path]
    return [load_class(path) for path in paths]
