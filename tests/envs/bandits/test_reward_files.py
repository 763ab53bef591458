"""Files of rewards: what programs write is read as it is meant, or refused in one line that shows the cell."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlnotes.agents import UCB
from rlnotes.base.errors import SettingError
from rlnotes.envs import AdversarialBandit, GaussianBandit
from rlnotes.simulation.cell import Cell

TABLE = np.array([[0.5, 0.25], [1.0, 0.0], [0.125, 0.75], [0.0, 1.0]])
FRAME = pd.DataFrame(TABLE, columns=["left", "right"])
ROWS = "0.5,0.25\n1,0\n0.125,0.75\n0,1\n"


def written(folder, text, encoding="utf-8"):
    """A file with this text."""
    file = folder / "rewards.csv"
    file.write_bytes(text.encode(encoding))
    return file


READ = {
    "numbers": ROWS,
    "header": FRAME.to_csv(index=False),
    "quoted header": '"left","right"\n' + ROWS,
    "quoted numbers": '"0.5","0.25"\n"1","0"\n"0.125","0.75"\n"0","1"\n',
    "semicolons": FRAME.to_csv(index=False, sep=";"),
    "tabs": FRAME.to_csv(index=False, sep="\t"),
    "bars": ROWS.replace(",", "|"),
    "spaces": ROWS.replace(",", "   "),
    "spaces after commas": ROWS.replace(",", ", "),
    "Windows": ROWS.replace("\n", "\r\n"),
    "no end of line": ROWS.strip(),
    "blank lines": "\n" + ROWS.replace("1,0", "\n1,0\n"),
    "comments": "# rewards of two arms, by step\n" + ROWS,
    "exponents": "5e-1,2.5e-1\n1e0,0e0\n1.25e-1,7.5e-1\n0e0,+1e0\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("kind", READ)
def test_a_table_is_read_as_programs_write_it(tmp_path, kind, encoding):
    env = AdversarialBandit(table=written(tmp_path, READ[kind], encoding))
    assert env.table.rows.tolist() == TABLE.tolist()
    assert env.arms == 2


def test_words_for_0_and_1_are_read(tmp_path):
    for text in ("true,false\nfalse,false\n", "True,False\nFALSE,false\n", "a;b\nTRUE;FALSE\nFalse;0\n"):
        env = AdversarialBandit(table=written(tmp_path, text))
        assert env.table.rows.tolist() == [[1, 0], [0, 0]]
        assert env.rewards.binary


def test_a_cell_says_what_was_read(tmp_path):
    for text, found in ((FRAME.to_csv(sep=";"), "4x3,semicolons,header"), (ROWS, "4x2,commas,no_header")):
        columns = [2, 3] if "left" in text else None
        env = AdversarialBandit(table=written(tmp_path, text), table_columns=columns)
        assert Cell(UCB(), env, steps=4).settings["env"]["table_read"] == found


NUMBERED = pd.DataFrame(np.array([[0.5, 0.25, 1.0], [0.0, 1.0, 0.5], [0.75, 0.25, 1.0]]))


@pytest.mark.parametrize("header", [None, True])
def test_an_index_and_a_numeric_header_as_pandas_writes_them_are_no_arm_and_no_rewards(tmp_path, header):
    """The index has to be left out by name or by number; its name is empty."""
    file = written(tmp_path, NUMBERED.to_csv())
    with pytest.raises(SettingError, match=r"column 1 is 0, 1, 2, …, like an index: .* such as \[2, 3, 4\]"):
        AdversarialBandit(table=file, table_header=header)
    for columns in ([2, 3, 4], ["0", "1", "2"]):
        env = AdversarialBandit(table=file, table_columns=columns, table_header=header)
        assert env.table.rows.tolist() == NUMBERED.to_numpy().tolist()


def test_a_first_row_0_1_2_may_be_a_header_and_a_setting_says_it(tmp_path):
    file = written(tmp_path, NUMBERED.to_csv(index=False))
    with pytest.raises(SettingError, match=r"line 1 is 0, 1, 2: set table_header=true if these are names, false if"):
        AdversarialBandit(table=file)
    assert len(AdversarialBandit(table=file, table_header=True).table.rows) == 3
    assert AdversarialBandit(table=file, table_header=False).table.rows[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(("index", "shown"), [([1, 2, 3, 4], "1, 2, 3"), ([0.0, 1.0, 2.0, 3.0], "0, 1, 2")])
def test_an_index_is_not_taken_for_an_arm(tmp_path, index, shown):
    file = written(tmp_path, FRAME.assign(index=index).to_csv(index=False))
    with pytest.raises(SettingError, match=rf"column 3 is {shown}, …, like an index: .* such as \[1, 2\]"):
        AdversarialBandit(table=file)
    assert AdversarialBandit(table=file, table_columns=["left", "right"]).table.rows.tolist() == TABLE.tolist()


@pytest.mark.parametrize("means", [[0.0, 0.1, 0.2, 0.3], [3, 2, 1, 0], [0, 2, 4, 6], [0, 2, 3, 4], [2, 3, 4, 5]])
def test_an_arm_that_rises_evenly_is_no_index(tmp_path, means):
    """Only 0, 1, 2, … and 1, 2, 3, … are. Means that drift are read, and so are rewards."""
    file = written(tmp_path, FRAME.assign(drifts=means).to_csv(index=False))
    for bandit in (AdversarialBandit, GaussianBandit):
        assert bandit(table=file).table.rows[:, 2].tolist() == means


def test_columns_of_words_can_be_left_out_and_columns_can_be_reordered(tmp_path):
    dates = FRAME.assign(day=["mon", "tue", "wed", "thu"])
    file = written(tmp_path, dates.to_csv(index=False))
    with pytest.raises(SettingError, match=r"line 2, column 3 is 'mon', which is not a finite number"):
        AdversarialBandit(table=file)
    for columns in (["right", "left"], [2, 1]):
        env = AdversarialBandit(table=file, table_columns=columns)
        assert env.table.rows.tolist() == TABLE[:, ::-1].tolist()
    np.save(tmp_path / "rewards.npy", TABLE)
    env = AdversarialBandit(table=tmp_path / "rewards.npy", table_columns=[2])
    assert env.table.rows.tolist() == TABLE[:, 1:].tolist()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,0\n,1\n", "line 2, column 1 is '', which is not a finite number"),
        ("1,inf\n0,1\n", "line 1, column 2 is 'inf', which is not a finite number"),
        ("a,b\n1,0\n\n0,nan\n", "line 4, column 2 is 'nan', which is not a finite number"),
        ("a,b\n1,0\n0,1e999\n", "line 3, column 2 is '1e999', which is not a finite number"),
        ("1,x\n0,1\n", "line 1, column 2 is 'x', which is not a finite number"),
        ("1,0\n0,1,2\n", "line 2 has 3 columns, and the first line 2"),
        ("0,5;0,25\n1;0\n", "line 1, column 1 is '0,5', which is not a finite number"),
        ("a;b\n0,5;0,25\n", "line 2, column 1 is '0,5', which is not a finite number"),
        ("a,b\n5 %,10 %\n", "line 2, column 1 is '5 %', which is not a finite number"),
        ("a,b\n", "it has a header and no rows"),
        ("", "it is empty"),
        ("2019;2020\n1;x\n", "line 2, column 2 is 'x', which is not a finite number"),
        ("# nothing\n\n", "it is empty"),
        ("1,0\n\x00,1\n", r"line 2, column 1 is '\x00', which is not a finite number"),
        (None, "No such file or directory"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, text, reason):
    file = tmp_path / "table.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingError) as error:
        AdversarialBandit(table=file)
    assert str(error.value) == f"table={file}: must be numbers [rows, arms], or a file of them ({reason})"


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff\xfe", "1,0\n".encode("utf-16")], ids=["zip", "UTF-16"])
def test_a_file_that_is_no_text_in_utf_8_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "rewards.xlsx").write_bytes(content)
    with pytest.raises(SettingError, match=r"must be numbers .* \('utf-8' codec can't decode byte .*\)$"):
        AdversarialBandit(table=tmp_path / "rewards.xlsx")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"table_columns": ["up"]}, "table_columns=['up']: the table has no column up; it has 2 columns, left, right"),
        ({"table_columns": [3]}, "table_columns=[3]: the table has no column 3; it has 2 columns, left, right"),
        ({"table_columns": [0]}, "table_columns=[0]: the table has no column 0; it has 2 columns, left, right"),
        ({"table_columns": []}, "table_columns=[]: must be a list of numbers or names, or null"),
        ({"table_columns": "left"}, "table_columns=left: must be a list of numbers or names, or null"),
        ({"table_header": "yes"}, "table_header=yes: must be true or false or null"),
    ],
)
def test_a_column_that_does_not_exist_is_named(tmp_path, settings, message):
    with pytest.raises(SettingError) as error:
        AdversarialBandit(table=written(tmp_path, FRAME.to_csv(index=False)), **settings)
    assert str(error.value) == message


@pytest.mark.parametrize("table", [None, TABLE])
@pytest.mark.parametrize("setting", [{"table_columns": [1]}, {"table_header": True}])
def test_settings_of_files_need_a_file(table, setting):
    with pytest.raises(SettingError, match="must be null unless the table is a file"):
        AdversarialBandit(table=table, **setting)


@given(
    rows=st.lists(st.lists(st.floats(0.001, 1), min_size=3, max_size=3), min_size=2, max_size=8),
    separator=st.sampled_from([",", ";", "\t", "|", " "]),
    header=st.booleans(),
    quoted=st.booleans(),
)
def test_any_table_that_is_written_is_read_back(tmp_path_factory, rows, separator, header, quoted):
    file = tmp_path_factory.mktemp("tables") / "rewards.csv"
    lines = [[json.dumps(str(x)) if quoted else str(x) for x in row] for row in rows]
    text = "\n".join(separator.join(line) for line in ([["a", "b", "c"]] if header else []) + lines)
    file.write_text(text)
    env = AdversarialBandit(table=file, table_columns=[1, 2, 3])
    assert env.table.rows.tolist() == rows
