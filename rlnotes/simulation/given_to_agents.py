"""Whether some agent uses the data and the expert that a comparison gives."""

from collections.abc import Sequence

from rlnotes import catalog
from rlnotes.base.errors import SettingError
from rlnotes.simulation.cell import Cell


def require_used(cells: Sequence[Cell], data: object, expert: object) -> None:
    """Raise `SettingError` if there is a data set or an expert, and no agent of the cells uses it."""
    agents = ", ".join(sorted({catalog.name(cell.agent) for cell in cells}))
    if data is not None and not any(cell.data for cell in cells):
        raise SettingError("data", data, f"none of the agents learns from data: {agents}")
    if expert is not None and not any(cell.expert for cell in cells):
        raise SettingError("expert", expert, f"none of the agents asks an expert: {agents}")
