"""A cache of what was read in files of code, beside the files that Python compiles: parsing is slow."""

import marshal
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from uuid import uuid4

SIZE = sha256().digest_size


def cached(file: str, name: str, depends_on: tuple[Any, ...], make: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
    """What `make` finds: plain values and code, from the cache of an earlier process if nothing has changed.

    `make` must depend on nothing but the values `depends_on`, such as the content of the file, and on Python. The cache
    is a file beside the compiled `file`, and has this `name`. If it cannot be written, `make` is called every time.
    """
    key = sha256(marshal.dumps((sys.version, sys.flags.optimize, depends_on), 0)).digest()
    place = Path(f"{cache_from_source(file)}.{name}")
    with suppress(OSError):
        written = place.read_bytes()
        content = written[2 * SIZE :]
        if written == key + sha256(content).digest() + content:
            values: tuple[Any, ...] = marshal.loads(content)
            return values
    made = make()
    with suppress(OSError):
        write(place, key, marshal.dumps(tuple(made)))
    return made


def write(place: Path, key: bytes, content: bytes) -> None:
    """Write a file of the cache completely, or leave the old one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f"{place.name}.{uuid4().hex}")
    try:
        new.write_bytes(key + sha256(content).digest() + content)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)
