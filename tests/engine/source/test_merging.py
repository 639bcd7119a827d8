"""Two sides that are both edited: nothing of either is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.source.merging import merge

K = HyperParameter("k", "int", 3, 1, 9)
C = HyperParameter("c", "real", 1.0, 0.1, 10.0, log=True)


def test_an_edit_of_the_code_is_taken_over() -> None:
    found = merge([K, C], (K, C), (K.edited(value=5), C))
    assert found.records == (K.edited(value=5), C)
    assert found.base == found.records
    assert not found.unwritten


def test_an_edit_of_the_page_stays_and_is_to_be_written() -> None:
    found = merge([K, C], (K.edited(value=5), C), (K, C))
    assert found.records[0].value == 5
    assert found.unwritten == {"k": 5}
    assert not found.conflicts


def test_a_range_of_the_page_and_a_value_of_the_code_go_together() -> None:
    found = merge([K], (K.edited(high=6),), (K.edited(value=5),))
    assert found.records == (K.edited(high=6, value=5),)


def test_two_different_values_are_a_conflict_and_the_page_keeps_its_own() -> None:
    found = merge([K, C], (K.edited(value=5), C), (K.edited(value=7), C.edited(value=2.0)))
    assert found.records == (K.edited(value=5), C.edited(value=2.0))
    assert found.conflicts == {"k": K.edited(value=7)}
    assert found.base[0] == K
    assert not found.unwritten


def test_a_value_outside_of_the_other_sides_range_is_a_conflict() -> None:
    found = merge([K], (K.edited(high=4),), (K.edited(value=8),))
    assert set(found.conflicts) == {"k"}
    assert found.records[0].high == 4


def test_the_same_edit_on_both_sides_is_no_conflict() -> None:
    found = merge([K], (K.edited(value=5),), (K.edited(value=5),))
    assert not found.conflicts
    assert found.base == (K.edited(value=5),)


def test_the_code_gets_and_loses_hyper_parameters_and_the_page_follows() -> None:
    tol = HyperParameter("tol", "real", 1e-3, 1e-5, 0.1)
    own = HyperParameter("own", "int", 1, 1, 2)
    found = merge([K, C], (K.edited(value=5), C, own), (K, tol))
    assert [one.name for one in found.records] == ["k", "tol", "own"]
    assert (found.added, found.removed) == (("tol",), ("c",))
    assert found.unwritten == {"k": 5}


def test_true_is_another_value_than_one() -> None:
    flag = HyperParameter("f", "choice", 1, choices=(1, True))
    found = merge([flag], (flag,), (flag.edited(value=True),))
    assert found.records[0].value is True


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_no_edit_is_ever_lost(base: int, page: int, code: int) -> None:
    was, listed, written = (K.edited(value=one) for one in (base, page, code))
    found = merge([was], (listed,), (written,))
    if page != base:
        assert found.records[0].value == page
    elif code != base:
        assert found.records[0].value == code
    assert bool(found.conflicts) == (page != base and code != base and page != code)
