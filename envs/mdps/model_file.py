"""A finite MDP in a file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlnotes.envs.base.input_file import size_of_file
from rlnotes.envs.mdps.base.files.reader import EXAMPLE, refused
from rlnotes.envs.mdps.base.mdp import MDP
from rlnotes.envs.mdps.base.model import Model


@dataclass(eq=False, kw_only=True)
class ModelFile(MDP):
    """Play the model in a file: a table, arrays, Gymnasium's P, or Cassandra's format.

    - .csv, .tsv, .txt: a line per entry, with the columns state, action, next_state, probability, reward, and perhaps
      terminated, which the first line names. A state without a line of its own is final.
    - .npz: arrays with the names of these columns [entries]; or transition [states, actions, states] and reward, as in
      `Model.from_arrays`; or a sparse matrix [states · actions, states] of `scipy.sparse.save_npz`, and reward.
    - .json: Gymnasium's P, {state: {action: [[probability, next state, reward, terminated], …]}}.
    - .mdp: Cassandra's format, with discount, values, states, actions, start, T and R.

    States and actions keep their names, also in policy.csv and value.csv.
    Sources: Gymnasium's toy texts; A. R. Cassandra, pomdp-solve, the file format. The example is of Puterman, Markov
    Decision Processes (1994), section 3.1: V* = −8.571, −20.
    """

    file: str | None = None
    """the file, .csv, .npz, .json or .mdp; null: an example with two states"""

    start: Any = None
    """state in which episodes begin, by its name or number, or a probability for each; null: as the file says, or else
    the first"""

    discount: float | None = None  # type: ignore[assignment]
    """discount γ of the return, from 0 to 1; null: as the file says, or else 0.99"""

    time_limit: int | None = 1_000

    keeps_names = True

    def __post_init__(self, num_envs: int, render_mode: str | None) -> None:
        self.require_kinds()
        path = Path(self.file) if self.file is not None else EXAMPLE
        try:
            size_of_file(path)
            self.contents = {"file_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        except OSError as error:
            raise refused(path, error.strerror or str(error)) from None
        super().__post_init__(num_envs, render_mode)

    def build(self) -> Model:
        return Model.read(self.file or EXAMPLE, start=self.start, discount=self.discount)
