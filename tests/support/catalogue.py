"""The classes of a catalogue that can be used here."""

from importlib.util import find_spec

from rlnotes.base.class_table import load_class


def installed(catalogue):
    """The classes of a catalogue. If torch is not installed, the deep agents are left out."""
    paths = [path for path in catalogue.values() if find_spec("torch") or ".deep." not in path]
    return [load_class(path) for path in paths]
