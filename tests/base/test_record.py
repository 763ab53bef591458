"""The records of several blocks become one."""

import numpy as np
import pytest

from rlnotes.base.record import Record, of_later_block, pooled

FIRST = Record(returns=np.ones((2, 3)), lengths=np.ones((2, 3), np.int64), learned_value=np.array([1.0, 4.0]))
SECOND = Record(returns=np.ones((1, 2)), lengths=np.ones((1, 2), np.int64), learned_value=np.array([4.0, 1.0]))


def test_rows_of_runs_are_stacked_and_short_ones_padded():
    record = pooled([FIRST, SECOND])
    np.testing.assert_array_equal(record["returns"], [[1, 1, 1], [1, 1, 1], [1, 1, np.nan]])
    np.testing.assert_array_equal(record["lengths"], [[1, 1, 1], [1, 1, 1], [1, 1, 0]])


def test_a_mean_over_runs_weighs_blocks_by_their_runs():
    np.testing.assert_allclose(pooled([FIRST, SECOND])["learned_value"], [2.0, 3.0])


def test_arrays_of_the_first_block_come_from_it_alone():
    tables = [Record(returns=np.ones((2, 1)), learned_q=np.full((2, 3, 4), block)) for block in (0.0, 1.0, 2.0)]
    for blocks in (tables, [tables[0], of_later_block(tables[1])]):
        assert (pooled(blocks)["learned_q"] == tables[0]["learned_q"]).all()
    later = of_later_block(tables[1])
    assert later["learned_q"].shape == (0, 3, 4)
    assert later["returns"].shape == (2, 1)


def test_a_beginning_and_later_blocks_have_the_bytes_of_all_blocks():
    rng = np.random.default_rng(0)
    blocks = [
        Record(
            returns=rng.random((runs, width)), lengths=np.ones((runs, width), np.int64), learned_value=rng.random(999)
        )
        for runs, width in ((3, 5), (3, 2), (3, 7), (1, 4))
    ]
    whole = pooled(blocks)
    for first in (1, 2, 3, 4):
        grown = pooled(blocks[first:], pooled(blocks[:first]))
        assert grown.keys() == whole.keys()
        assert all(grown[name].tobytes() == whole[name].tobytes() for name in whole)


@pytest.mark.parametrize("shape", [(), (4,), (4, 2, 3)])
def test_an_array_of_an_agents_own_has_a_row_per_run_or_is_one_number(shape):
    record = Record(returns=np.ones((2, 3))) | {"own": np.full((2, *shape), 7.0)}
    assert pooled([record])["own"].shape == (2, *shape)
    assert pooled([record, record])["own"].shape == (4, *shape)
    number = Record(returns=np.ones((2, 3))) | {"own": np.array(7.0)}
    assert pooled([number, number])["own"] == 7
