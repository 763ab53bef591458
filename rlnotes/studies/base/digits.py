"""Images of handwritten digits, which scikit-learn brings with it."""

import torch
from torch import Tensor

from rlnotes.base.errors import SettingError, install_hint

SIDE = 8
"""pixels of a side"""
TRAINING = 1_200
"""images for training; the other 597 are new ones"""


def digits(study: str) -> tuple[Tensor, Tensor]:
    """Images for training [1200, 64] and new ones [597, 64], from 0 to 1, shuffled by torch's random numbers.

    Raises `SettingError` without scikit-learn.
    Source: Alpaydin & Kaynak, Optical recognition of handwritten digits, UCI (1998).
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise SettingError("study", study, f"needs scikit-learn: {install_hint('studies')}") from None
    data = torch.as_tensor(load_digits().data / 16, dtype=torch.float32)
    data = data[torch.randperm(len(data))]
    return data[:TRAINING], data[TRAINING:]
