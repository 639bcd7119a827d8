from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.errors import QueryError, TuneboardError
from tuneboard.engine.query import Facts, check_names, completions, parse_query

NOW = datetime(2026, 11, 20, 12).timestamp()
FOREST = Facts(
    {
        "model": "RandomForestClassifier()",
        "name": "churn <b>",
        "note": 'the "best" 🙂',
        "tag": "final",
    },
    {"score": 0.95, "lr": 1e-4, "max depth": 5, "kernel": "RBF", "flag": True, "none": None},
    frozenset({"starred"}),
    datetime(2026, 10, 3, 15).timestamp(),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        'model:RandomForest score>0.9 lr<1e-3 since:2026-10 "churn"',
        "churn final",
        "CHURN",
        "randomforest",
        "kernel",
        "rbf",
        "kernel=rbf",
        'kernel="rbf"',
        "`max depth`>=5",
        "score >= 0.95",
        "score<=0.95",
        "lr=0.0001",
        "lr!=3",
        "flag=true",
        "none=None",
        "is:starred",
        "-is:archived",
        "NOT tag:draft",
        "model:SVC OR model:Forest",
        "(model:SVC OR score>0.5) tag:final",
        "-(model:SVC tag:final)",
        "has:lr",
        "on:2026-10-03",
        "on:2026-10",
        "on:2026",
        "before:2026-11 since:2026-10-01",
        "since:9w",
        'note:"the \\"best\\""',
        "🙂",
        "tag:fin",
        "random-forest OR churn",
    ],
)
def test_a_query_finds_what_it_asks_for(text: str) -> None:
    assert parse_query(text, now=NOW).matches(FOREST)


@pytest.mark.parametrize(
    "text",
    [
        "model:SVC",
        "score>0.95",
        "lr>1e-3",
        "missing=3",
        "kernel>3",
        "flag=1",
        "since:2026-11",
        "before:2026-10-03",
        "on:2026-10-04",
        "since:1d",
        "since:today",
        "on:yesterday",
        "is:archived",
        "churn nothing",
        "-churn",
        "NOT is:starred",
        "has:gamma",
        "model:SVC OR model:tree",
    ],
)
def test_a_query_leaves_out_all_else(text: str) -> None:
    assert not parse_query(text, now=NOW).matches(FOREST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("modle:SVC", r"Query must have fields model, .* not 'modle'\. Did you mean model:\?"),
        ("qqqq:x", "Put text with a colon into quotes"),
        ("score>high", r"Query\.score must be compared with a number, not 'high'"),
        (
            "score>",
            r"Query must be a query, not 'score>'\. It ends too early\. Write it like model",
        ),
        ('"churn', "A quotation mark is missing"),
        ("(churn", "It ends too early"),
        ("churn )x", r"Unreadable from '\)x' on"),
        ("since:soon", r"Query\.since must be a date such as 2026-10, .* not 'soon'"),
        ("since:2026-13", "There is no such day"),
        ("is:red", r"Query\.is must be one of starred, archived, excluded, not 'red'"),
        ("x" * 1001, "Query must be text of at most 1,000 characters"),
        (None, "Query must be text of at most 1,000 characters, not None"),
    ],
)
def test_a_bad_query_is_refused_with_what_to_write_instead(text: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        parse_query(text, now=NOW)


def answer(text: str) -> bool | str:
    """Return whether a query matches, or the words that refuse it."""
    try:
        return parse_query(text, now=NOW).matches(FOREST)
    except TuneboardError as error:
        return str(error)


@given(st.text(max_size=60))
def test_any_text_is_answered_or_refused_in_words(text: str) -> None:
    assert answer(text) in (True, False) or str(answer(text)).startswith("Query")


@given(st.lists(st.sampled_from([*'()"-:<>=! ', "OR", "NOT", "is:", "lr", "0.1", "a"])))
def test_any_order_of_its_signs_is_answered_or_refused_in_words(parts: list[str]) -> None:
    text = "".join(parts)

    assert answer(text) in (True, False) or str(answer(text)).startswith("Query")


def test_nothing_in_a_query_is_run() -> None:
    query = parse_query("\"__import__('os').system('false')\"")

    assert not query.matches(FOREST)


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    query = parse_query("leanring_rate<3 score>1")

    with pytest.raises(QueryError, match=r"not 'leanring_rate'\. Did you mean learning_rate\?"):
        check_names(query, {"learning_rate"})
    with pytest.raises(QueryError, match="Look at the names in the list"):
        check_names(query, {"x"})
    check_names(parse_query("score>1 x=2"), {"x"})


def test_the_last_word_is_completed() -> None:
    known = {"model": ["RandomForest", 'my "model"', "SVC"], "tag": []}

    def found(text: str) -> list[str]:
        return [text[: one.start] + one.text for one in completions(text, known, ["lr", "l 2"])]

    assert found("churn mo") == ["churn model:"]
    assert found("model:f") == ["model:RandomForest"]
    assert found("model:my") == ['model:"my \\"model\\""']
    assert found("is:s") == ["is:starred"]
    assert found("x (l") == ["x (lr", "x (`l 2`"]
    assert found("-sc") == ["-score"]
    assert found("tag:x") == []
