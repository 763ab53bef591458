"""The notes' layers [notes 3 to 9], and networks built from them. They need the extra `deep`."""

from importlib.util import find_spec

if find_spec("torch") is None:
    raise ImportError("rlnotes.nn needs torch: pip install -c constraints.txt -e '.[deep]'")
