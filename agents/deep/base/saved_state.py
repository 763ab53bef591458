"""The state of an agent as bytes, which hold tensors and plain values but no code.

A `Stateful` object names the attributes that change during learning. Modules and random number generators have a
state of their own.
"""

import io
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from rlnotes.nn.base.composed import Composed


class Stateful:
    """An object that declares which of its attributes change during learning."""

    state_names: ClassVar[tuple[str, ...]] = ()
    """names of these attributes"""


def pack(thing: Any) -> bytes:
    """The state of a thing as bytes."""
    file = io.BytesIO()
    torch.save(state(thing), file)
    return file.getvalue()


def unpack(thing: Any, packed: bytes, device: torch.device) -> None:
    """Give a thing a packed state, without running any code from the bytes.

    Raises `ValueError` if the bytes are damaged or belong to another kind of thing.
    """
    try:
        restore(thing, torch.load(io.BytesIO(packed), device, weights_only=True))
    except Exception as error:  # torch raises many kinds for damaged bytes
        raise ValueError("no state of such an agent and its networks") from error


def state(thing: Any) -> Any:
    """The state of a thing: tensors, numbers, words and None, in tuples, lists and dictionaries."""
    match thing:
        case nn.Module():
            return dict(thing.state_dict())
        case Composed():
            return state(thing.network)
        case Stateful():
            return {name: state(getattr(thing, name)) for name in thing.state_names}
        case torch.Generator():
            return thing.get_state()
        case np.random.Generator():
            return thing.bit_generator.state
        case np.ndarray():
            return {"array": torch.tensor(thing)}
        case dict():
            return {name: state(part) for name, part in thing.items()}
        case tuple():
            return tuple(map(state, thing))
        case list():
            return list(map(state, thing))
        case _:
            return thing


def restore(thing: Any, saved: Any) -> Any:
    """Give a thing its saved state and return it; a plain value is replaced by the saved value."""
    match thing:
        case nn.Module():
            thing.load_state_dict(saved)
        case Composed():
            restore(thing.network, saved)
        case Stateful():
            for name in thing.state_names:
                setattr(thing, name, restore(getattr(thing, name), saved[name]))
        case torch.Generator():
            thing.set_state(saved.cpu())
        case np.random.Generator():
            thing.bit_generator.state = saved
        case dict():
            for name, part in thing.items():
                restore(part, saved[name])
        case _:
            return plain_value(saved)
    return thing


def plain_value(saved: Any) -> Any:
    """A saved value, with tensors turned back into the arrays that they were."""
    if isinstance(saved, dict):
        if saved.keys() == {"array"}:
            return saved["array"].cpu().numpy()
        return {key: plain_value(part) for key, part in saved.items()}
    return type(saved)(map(plain_value, saved)) if isinstance(saved, tuple | list) else saved
