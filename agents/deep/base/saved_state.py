"""What changes while an agent learns, as bytes that hold tensors and plain values, and no code.

Objects that change name the attributes that do so: `keeps`. A module, or a generator of random numbers, has its state.
"""

import io
from typing import Any

import numpy as np
import torch
from torch import nn


def packed(thing: Any) -> bytes:
    """The state of a thing."""
    file = io.BytesIO()
    torch.save(state(thing), file)
    return file.getvalue()


def unpack(thing: Any, kept: bytes, place: torch.device) -> None:
    """Give a thing such a state, and never run code of it; `ValueError` where it is damaged, or of another thing."""
    try:
        restored(thing, torch.load(io.BytesIO(kept), place, weights_only=True))
    except Exception as error:  # torch has many for what is no state
        raise ValueError("no state of such an agent and its networks") from error


def state(thing: Any) -> Any:
    """What changes of a thing: tensors, numbers, words and None, and tuples, lists and dictionaries of them."""
    if isinstance(thing, nn.Module):
        return dict(thing.state_dict())
    if isinstance(thing, torch.Generator):
        return thing.get_state()
    if isinstance(thing, np.random.Generator):
        return thing.bit_generator.state
    if isinstance(thing, np.ndarray):
        return {"array": torch.tensor(thing)}
    if isinstance(thing, dict):
        return {name: state(part) for name, part in thing.items()}
    if isinstance(thing, tuple):
        return tuple(map(state, thing))
    if isinstance(thing, list):
        return list(map(state, thing))
    if hasattr(thing, "keeps"):
        return {name: state(getattr(thing, name)) for name in thing.keeps}
    return thing


def restored(thing: Any, kept: Any) -> Any:
    """The thing in the state that was kept of it; what is no object is what was kept."""
    if isinstance(thing, nn.Module):
        thing.load_state_dict(kept)
    elif isinstance(thing, torch.Generator):
        thing.set_state(kept.cpu())
    elif isinstance(thing, np.random.Generator):
        thing.bit_generator.state = kept
    elif isinstance(thing, dict):
        for name, part in thing.items():
            restored(part, kept[name])
    elif hasattr(thing, "keeps"):
        for name in thing.keeps:
            setattr(thing, name, restored(getattr(thing, name), kept[name]))
    else:
        return value(kept)
    return thing


def value(kept: Any) -> Any:
    """A value as it was: an array where it was one."""
    if isinstance(kept, dict):
        return kept["array"].cpu().numpy() if kept.keys() == {"array"} else {key: value(kept[key]) for key in kept}
    return type(kept)(map(value, kept)) if isinstance(kept, tuple | list) else kept
