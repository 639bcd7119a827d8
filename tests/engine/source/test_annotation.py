"""The tune comment, read and written."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.source.annotation import (
    FROM_COMMENT,
    Annotation,
    annotation_text,
    parse_annotation,
)

NUMBER = HyperParameter("n", "int", 3, 1, 9, is_searched=False)


@pytest.mark.parametrize(
    ("text", "annotation"),
    [
        ("1..10", Annotation("span", 1, 10)),
        ("1e-5..1e-1 log", Annotation("span", 1e-5, 0.1, log=True)),
        ("-0.5 .. +.5 step 1e-1", Annotation("span", -0.5, 0.5, step=0.1)),
        ("1_000..0x7D0", Annotation("span", 1000, 2000)),
        ("1...5", Annotation("span", 1, 0.5)),
        ("{relu, tanh,}", Annotation("options", choices=("relu", "tanh"))),
        (
            "{log, when, on} ordered",
            Annotation("options", choices=("log", "when", "on"), ordered=True),
        ),
        (
            "{a, 'c d', 3, -1.5, None, True, (50, 50), (1,), ()}",
            Annotation("options", choices=("a", "c d", 3, -1.5, None, True, (50, 50), (1,), ())),
        ),
        ("{größe, Nonesuch}", Annotation("options", choices=("größe", "Nonesuch"))),
        ("on", Annotation("on")),
        ("off", Annotation("off")),
        ("1..2 held", Annotation("span", 1, 2, is_searched=False)),
        (
            '1..2 unit s label "How long" log',
            Annotation("span", 1, 2, log=True, unit="s", label="How long"),
        ),
        ("1..2 unit '%'", Annotation("span", 1, 2, unit="%")),
        (
            "1..2 when kernel == 'a # b'  # noqa",
            Annotation("span", 1, 2, active_when="kernel == 'a # b'"),
        ),
    ],
)
def test_a_comment_says_what_a_value_may_be(text: str, annotation: Annotation) -> None:
    assert repr(parse_annotation(text)) == repr(annotation)


@given(st.from_type(HyperParameter))
def test_what_is_written_reads_back_as_it_was(one: HyperParameter) -> None:
    text = annotation_text(one)
    again = parse_annotation(text).hyper_parameter(one.name, one.value)
    assert "\n" not in text
    assert again is not None
    assert repr(replace(again, source=one.source)) == repr(one)


@pytest.mark.parametrize(
    "one",
    [
        HyperParameter("n", "int", None, 1, 9, is_searched=False),
        HyperParameter("n", "real", 2.0, 1.0, 9.0, unit="m/s", label="None", active_when="a < 3"),
        HyperParameter("n", "choice", "x", choices=("x", "None", None), ordered=True, unit="s"),
    ],
)
def test_what_stands_beside_the_range_reads_back_too(one: HyperParameter) -> None:
    again = parse_annotation(annotation_text(one)).hyper_parameter(one.name, one.value)
    assert again == replace(one, source=FROM_COMMENT)


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [(1, "0..3", "int"), (1.0, "0..3", "real"), (1, "0..2.5", "real"), (None, "1..9", "int")],
)
def test_a_range_is_of_whole_numbers_where_value_and_ends_are(
    value: Any, text: str, kind: str
) -> None:
    one = parse_annotation(text).hyper_parameter("n", value)
    assert one is not None
    assert one.kind == kind


def test_a_none_in_the_code_lets_the_search_start_at_the_low_end() -> None:
    searched = parse_annotation("1..9").hyper_parameter("n", None)
    held = parse_annotation("1..9 held").hyper_parameter("n", None)
    assert searched is not None
    assert held is not None
    assert (searched.value, held.value) == (1, None)


def test_on_searches_what_would_be_offered() -> None:
    one = parse_annotation('on label "Count"').hyper_parameter("n", 3, NUMBER)
    assert one == replace(NUMBER, is_searched=True, label="Count")


def test_off_offers_nothing() -> None:
    assert parse_annotation("off").hyper_parameter("n", 3, NUMBER) is None


def test_on_fails_where_no_range_can_be_guessed() -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace\.n must have a value whose range can"):
        parse_annotation("on").hyper_parameter("n", "x")


def test_a_value_outside_the_range_fails() -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace\.n must be a whole number in \[1, 3\]"):
        parse_annotation("1..3").hyper_parameter("n", 5)


def test_an_end_beyond_all_floats_fails() -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace\.n\.high must be a finite number, not 9999"):
        parse_annotation("1.." + "9" * 400).hyper_parameter("n", 5)


def test_a_value_that_is_none_of_the_choices_fails() -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace\.n must be one of \['a', 'b'\], not 'c'"):
        parse_annotation("{a, b}").hyper_parameter("n", "c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 3 must read LOW\.\.HIGH, {a, b}, on or off, not ''\. It ends too early\."),
        ("1e-5 to", r"line 3 must read .* not '1e-5 to'\. Unreadable from 'to' on\. Write it like"),
        ("1..", r"line 3 must read .* It ends too early\."),
        ("1__0..3", r"line 3 must read .* not '1__0\.\.3'\. Write it like"),
        ("0.." + "9" * 5000, r"line 3 must read .* Write it like"),
        ("0..0x" + "f" * 9999, r"line 3 must read .* Write it like"),
        ("0777..888", r"line 3 must read .* Write it like"),
        ("{" + "(" * 4000, r"line 3 must read .* It ends too early\."),
        ("{" + "(" * 4000 + "1" + ",)" * 4000 + "}", r"line 3 must read "),
        ("1..2 log log", r"line 3 must have log once, not '1\.\.2 log log'\. Drop one"),
        ("{a} step 1", r"line 3 must have step only with a range LOW\.\.HIGH, not"),
        ("on log", r"line 3 must have log only with a range"),
        ("1..2 ordered", r"line 3 must have ordered only with choices {a, b}, not"),
        ("off held", r"line 3 must have nothing behind off, not 'off held'\. Drop the rest"),
        ("1..2 when a <", r"line 3: when must be a condition, not 'a <'\. It ends too early\."),
    ],
)
def test_a_comment_that_cannot_be_read_fails(text: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        parse_annotation(text, "line 3")


@given(st.text(max_size=30) | st.text("0123456789.e-+ {}(),'\"#logstepwhen", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(SpaceError):
        assert parse_annotation(text).form in ("span", "options", "on", "off")
