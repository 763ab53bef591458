"""The worlds: environments of Gymnasium, each a batch of independent runs.

Importing this package registers them with Gymnasium, as `rlnotes/GaussianBandit-v0` and so on.
"""

from functools import partial

from gymnasium.envs.registration import register

from rlnotes.envs import scalar
from rlnotes.envs.catalog import Catalog

CATALOG = Catalog(
    gaussian_bandit="rlnotes.envs.gaussian_bandit:GaussianBandit",
    bernoulli_bandit="rlnotes.envs.bernoulli_bandit:BernoulliBandit",
)

__all__ = CATALOG.classes
__getattr__ = CATALOG.attribute


def __dir__() -> list[str]:
    return __all__


for path in CATALOG.values():
    register(
        id=f"rlnotes/{path.partition(':')[2]}-v0",
        entry_point=partial(scalar.make, path),
        vector_entry_point=path,
    )
