from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from tuneboard.engine.surroundings import data_fingerprint

Y = np.arange(3)
FRAME = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": ["x", "y", None]})


@pytest.mark.parametrize(
    "X",
    [
        np.eye(3),
        np.array([["a", 1], ["b", 2], ["c", 3]], dtype=object),
        FRAME,
        csr_matrix(np.eye(3)),
        [[1, 2], [3, 4], [5, 6]],
    ],
)
def test_data_of_every_kind_have_a_hash_that_stays(X: Any) -> None:
    one, other = data_fingerprint(X, Y), data_fingerprint(X, Y.copy())

    assert one == other
    assert len(one["hash"]) == 32
    assert one["hash"] != data_fingerprint(X, Y + 1)["hash"]


def test_a_value_a_name_or_a_type_that_differs_changes_the_hash() -> None:
    frames = [
        FRAME,
        FRAME.rename(columns={"a": "c"}),
        FRAME.assign(a=[1.0, 2.0, 3.0]),
        FRAME.assign(a=FRAME["a"].astype("float32")),
    ]
    series = pd.Series([1, 2, 3], name="target")

    assert len({data_fingerprint(one, series)["hash"] for one in frames}) == 4
    assert data_fingerprint(FRAME, series)["shape"] == [3, 2]


def test_a_container_of_an_unknown_kind_has_no_hash_and_says_why() -> None:
    class Odd:
        shape = (3, 1)

        def __array__(self, *_arguments: Any, **_options: Any) -> Any:
            message = "not like this"
            raise ValueError(message)

    found = data_fingerprint(Odd(), Y)

    assert (found["hash"], found["no hash because"]) == (None, "not like this")


def test_a_function_has_no_data() -> None:
    assert data_fingerprint(None, None) == {}
