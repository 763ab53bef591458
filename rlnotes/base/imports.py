"""Fast imports."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collections() -> Iterator[None]:
    """Switch the garbage collector off during imports. They make many objects, and none of them is garbage."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
