"""Compiled kernels, whose annotations are their numba signatures.

    @kernel
    def discount(reward: ConstFloatVector, gamma: float, total: FloatVector) -> None: ...

compiles `void(const float64[::1], float64, float64[::1])`, or loads it from numba's cache, when the module is imported:
never in a timed loop. An array of another type or memory layout is an error, not a silent slow copy. Arrays are
contiguous (C order). A `Const...` array is only read; the others may be written. Type checkers see `np.ndarray`.

A kernel calls only kernels of its own file: numba's cache does not see a change in another file.
"""

import warnings
from collections.abc import Callable
from functools import cache
from types import NoneType
from typing import Annotated, Any, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numba import boolean, float32, float64, from_dtype, int32, int64, njit, types, uint16, uint32, uint64, void

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

UNCACHED = (
    "numba cannot store compiled kernels, so that this command has to compile them; "
    "let NUMBA_CACHE_DIR name a folder that can be written"
)
"""the warning where neither the folder of the package nor that of the user can be written"""


def const(dtype: Any, dimensions: int = 1) -> Any:
    """The numba type of an array that a kernel only reads."""
    return types.Array(dtype, dimensions, "C", readonly=True)


def records(dtype: np.dtype[Any]) -> Any:
    """The numba type of a vector of records that a kernel may write."""
    return types.Array(from_dtype(dtype), 1, "C")


FloatVector = Annotated[np.ndarray, float64[::1]]
FloatMatrix = Annotated[np.ndarray, float64[:, ::1]]
FloatCube = Annotated[np.ndarray, float64[:, :, ::1]]
FloatCube4 = Annotated[np.ndarray, float64[:, :, :, ::1]]
Float32Matrix = Annotated[np.ndarray, float32[:, ::1]]
Float32Cube = Annotated[np.ndarray, float32[:, :, ::1]]
IntVector = Annotated[np.ndarray, int64[::1]]
IntMatrix = Annotated[np.ndarray, int64[:, ::1]]
IntCube = Annotated[np.ndarray, int64[:, :, ::1]]
Int32Vector = Annotated[np.ndarray, int32[::1]]
Int32Matrix = Annotated[np.ndarray, int32[:, ::1]]
Int32Cube = Annotated[np.ndarray, int32[:, :, ::1]]
UintVector = Annotated[np.ndarray, uint64[::1]]
UintMatrix = Annotated[np.ndarray, uint64[:, ::1]]
UintCube = Annotated[np.ndarray, uint64[:, :, ::1]]
Uint32Vector = Annotated[np.ndarray, uint32[::1]]
Uint32Matrix = Annotated[np.ndarray, uint32[:, ::1]]
Uint16Cube = Annotated[np.ndarray, uint16[:, :, ::1]]
BoolVector = Annotated[np.ndarray, boolean[::1]]
BoolMatrix = Annotated[np.ndarray, boolean[:, ::1]]
BoolCube = Annotated[np.ndarray, boolean[:, :, ::1]]

ConstFloatVector = Annotated[np.ndarray, const(float64)]
ConstFloatMatrix = Annotated[np.ndarray, const(float64, 2)]
ConstFloat32Cube = Annotated[np.ndarray, const(float32, 3)]
ConstIntVector = Annotated[np.ndarray, const(int64)]
ConstIntMatrix = Annotated[np.ndarray, const(int64, 2)]
ConstInt32Vector = Annotated[np.ndarray, const(int32)]
ConstInt32Matrix = Annotated[np.ndarray, const(int32, 2)]
ConstUintVector = Annotated[np.ndarray, const(uint64)]
ConstUint32Vector = Annotated[np.ndarray, const(uint32)]
ConstBoolVector = Annotated[np.ndarray, const(boolean)]

SCALARS: dict[Any, Any] = {
    float: float64,
    int: int64,
    bool: boolean,
    np.int64: int64,
    np.uint64: uint64,
    NoneType: void,
}


def kernel(**options: Any) -> Callable[[Callable[Parameters, Returned]], Callable[Parameters, Returned]]:
    """Compile a function for the types that its annotations say; the options are those of `numba.njit`."""

    def compiled(function: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
        hints = get_type_hints(function, include_extras=True)
        returned = numba_type(hints.pop("return"))
        signature = returned(*map(numba_type, hints.values()))
        made: Callable[Parameters, Returned]
        try:
            made = njit(signature, cache=True, **options)(function)
        except (OSError, RuntimeError):  # numba finds no folder for its cache, or cannot write there
            warn_once(UNCACHED)
            made = njit(signature, **options)(function)
        return made

    return compiled


@cache
def warn_once(text: str) -> None:
    """Show a warning, at most once in this process: after each compilation by numba Python would show it again."""
    warnings.warn(text, stacklevel=3)


def numba_type(hint: Any) -> Any:
    """The numba type of an annotation."""
    if get_origin(hint) is Annotated:
        return hint.__metadata__[0]
    if get_origin(hint) is tuple:
        return types.Tuple([numba_type(part) for part in get_args(hint)])
    return SCALARS[hint]
