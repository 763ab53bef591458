"""One thread for torch and BLAS, so that numbers do not depend on the machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import scipy.linalg  # noqa: F401  # the compiled kernels use its BLAS, which the controller then finds
import torch
from threadpoolctl import ThreadpoolController

BLAS = ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch and BLAS compute with one thread while the context lasts, and round numbers below 1e-38 to 0.

    Adam's m of a weight without a gradient decays to such subnormal numbers, and they make a step ten times slower.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        with BLAS.limit(limits=1):
            yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
