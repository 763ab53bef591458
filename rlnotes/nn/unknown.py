"""The error of a name that does not exist."""

import difflib
from collections.abc import Iterable


def unknown(what: str, name: object, known: Iterable[str]) -> ValueError:
    """The error of a `name` that is not among those `known`, with a question whether the closest was meant."""
    known = list(known)
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    meant = f" (did you mean {close[0]}?)" if close else ""
    return ValueError(f"{what} {name} is unknown{meant}; there are {', '.join(known)}")
