"""Models to try next, in the page."""

from __future__ import annotations

import ast

from sklearn.ensemble import RandomForestClassifier
from tuneboard.dashboard.try_next import TryNext
from tuneboard.engine.space import SearchSpace
from tuneboard.engine.suggestions import Suggestion

FOREST = RandomForestClassifier(max_depth=7)


def made(*found: Suggestion, can_insert: bool = True) -> tuple[TryNext, list[str]]:
    inserted: list[str] = []
    page = TryNext(lambda: found, lambda: ("X", "labels"), inserted.append, lambda: can_insert)
    return page, inserted


def test_the_statements_tune_the_model_with_the_names_of_the_user() -> None:
    space = SearchSpace.from_estimator(FOREST)
    page, inserted = made(Suggestion("RandomForestClassifier", FOREST, space, "It was good."))
    page._ask.clicks += 1
    assert page.text == "It was good."
    ast.parse(page.code)
    assert "from sklearn.ensemble import RandomForestClassifier" in page.code
    assert "rfc = RandomForestClassifier(max_depth=7)" in page.code
    assert "TuningDashboard(rfc, X, labels)" in page.code
    assert inserted == []
    page._new.clicks += 1
    assert inserted == [page.code]


def test_where_there_are_no_cells_the_statements_are_copied() -> None:
    space = SearchSpace.from_estimator(FOREST)
    page, _ = made(Suggestion("RandomForestClassifier", FOREST, space, ""), can_insert=False)
    page.ask()
    assert page._copy.visible
    assert not page._new.visible


def test_with_nothing_to_suggest_the_page_says_so() -> None:
    page, _ = made()
    page.ask()
    assert "Nothing to suggest yet" in page.text
    assert page.code == ""
