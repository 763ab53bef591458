"""Which agents get the data set of a comparison, and whether it fits."""

from typing import TYPE_CHECKING

from rlnotes import catalog
from rlnotes.agents.base.agent import ProblemError
from rlnotes.agents.base.data_agent import DataAgent
from rlnotes.base.errors import SettingError
from rlnotes.data.dataset import Dataset

if TYPE_CHECKING:
    from rlnotes.simulation.cell import Cell


def given(data: Dataset | None, agent: object) -> Dataset | None:
    """The data for an agent: all of it if the agent learns from data, else none."""
    return data if isinstance(agent, DataAgent) else None


def require_fitting(cell: "Cell") -> None:
    """Raise `SettingError` if an agent that learns from data has none, or data of another task."""
    agent, env, data = catalog.name(cell.agent), catalog.name(cell.env), cell.data
    if not isinstance(cell.agent, DataAgent):
        cell.require("data", data is None, f"agent={agent} learns by acting, and from no data")
        return
    if data is None:
        requirement = f"must be set for agent={agent}, which learns from recorded steps; record=true records some"
        raise SettingError("data", "null", requirement)
    where = data.env or "..."
    if data.env not in (env, env.rpartition(":")[2], f"rlnotes/{type(cell.env).__name__}-v0", ""):
        raise SettingError("data", where, f"is data of that environment, and env={env}")
    problem = cell.problem
    for what, recorded, here in (
        ("observations", data.observation_space, problem.observation_space),
        ("actions", data.action_space, problem.action_space),
    ):
        if recorded != here:
            raise SettingError("data", where, f"has {what} {recorded}, and env={env} {here}")
    try:
        cell.agent.check_data(data)
    except ProblemError as error:
        raise SettingError("data", where, f"does not fit agent={agent}: it {error}") from None
