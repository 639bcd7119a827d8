"""A search space read from source code."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.source.annotation import FROM_COMMENT, annotation_text
from tuneboard.engine.source.literal_text import literal_text
from tuneboard.engine.source.reading import SourceReading, read_source

CELL = """%matplotlib inline
from sklearn.svm import SVC

LR = 1e-3  # tune: 1e-5..1e-1 log label "Learning rate"
act = "relu"  # tune: {relu, tanh}
rate = 0.1  # tune: 0..0.5 when act == "relu"
model = SVC(
    C=1.0,  # tune: 0.1..10 log
    kernel="rbf",  # noqa  # tune: {rbf, poly}
    gamma=0.1,  # tune: 1e-3..1 log when kernel == 'rbf'
    random_state=0,
)
config = {
    "depth": 3,  # tune: off
    "size": 50,
}
"""


def names(reading: SourceReading) -> list[str]:
    return [one.name for one in reading.hyper_parameters]


def test_a_cell_is_read() -> None:
    reading = read_source(CELL)
    records = {one.name: one for one in reading.hyper_parameters}
    assert list(records) == ["C", "kernel", "gamma", "LR", "act", "rate", "size"]
    assert records["LR"] == HyperParameter(
        "LR", "real", 1e-3, 1e-5, 0.1, True, source=FROM_COMMENT, label="Learning rate"
    )
    assert records["kernel"].choices == ("rbf", "poly")
    assert records["rate"].active_when == 'act == "relu"'
    assert {name for name, one in records.items() if not one.is_searched} == {"size"}
    assert reading.places["gamma"].text == "0.1"
    assert (reading.places["gamma"].line, reading.places["gamma"].column) == (10, 10)
    assert not reading.skipped


def test_every_value_has_the_place_and_context_it_is_written_at() -> None:
    contexts = {name: place.context for name, place in read_source(CELL).places.items()}
    assert contexts["C"] == "SVC(C=...)"
    assert contexts["LR"] == "constant"
    assert contexts["size"] == "config['size']"


# What may stand around a value that is tuned; none of it is one itself.
AROUND = st.lists(
    st.sampled_from(
        [
            "",
            "# a remark",
            "%time f('",
            "!ls (",
            "s = '''\n%no magic\nx = 3  # tune: 1..2\n'''",
            "def f(größe):\n\treturn 'ß'",
            "if True:\n    !ls",
            "t = f(\n    'a \u2028 b',\n)",
            "frame?",
            "print('\x0b'); x = [\n1]",
        ]
    ),
    max_size=4,
)


@given(
    st.from_type(HyperParameter).filter(lambda one: not one.is_unset),
    AROUND,
    AROUND,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(
        ["value = {}", "größe: int = ({})", "d = dict(value={})", "d = {{'a': f(1), 'b':\t{}}}"]
    ),
)
def test_a_tuned_value_is_read_exactly_whatever_surrounds_it(
    one: HyperParameter, before: list[str], after: list[str], end: str, mark: str, form: str
) -> None:
    written = literal_text(one.value)
    tuned = f"{form.format(written)}  # tune: {annotation_text(one)}"
    text = mark + "\n".join([*before, tuned, *after, ""]).replace("\n", end)
    reading = read_source(text)
    (found,) = [read for read in reading.hyper_parameters if read.source == FROM_COMMENT]
    assert repr((found.value, found.low, found.high)) == repr((one.value, one.low, one.high))
    assert repr(found.choices) == repr(one.choices)
    place = reading.places[found.name]
    assert place.text.strip("()") == written.strip("()")
    for each in reading.places.values():
        assert sliced(text, (each.line, each.column), (each.end_line, each.end_column)) == each.text


def sliced(text: str, start: tuple[int, int], end: tuple[int, int]) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    inner = lines[start[0] : end[0] - 1]
    return "\n".join([lines[start[0] - 1][start[1] :], *inner, lines[end[0] - 1][: end[1]]])


PIECES = st.sampled_from(
    [
        *"x=1()[]{}'\"\\#%!?,:.- \t\n\r\x0c\x00\u2028\ufeff\ud800é",
        *("\r\n", "    ", "'''", "f'", "# tune:", "1..3", "{a}", "off", "on", "**", "1e-3", "None"),
        *("SVC(", "C=", "make_pipeline(", "dict(", "add_argument('--a', ", "default="),
        *("class A(SearchSpace):", "type('A', (SearchSpace,), ", "Int(", "bounds=", "@dataclass\n"),
        *("if x:", "def f():", "lambda:", "global x", "match x:", "import x as ", "for x in"),
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(SpaceError):
        reading = read_source(text)
        assert set(reading.places) <= set(names(reading))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = SVC(C=1)\nb = SVC(C=2, tol=0.1)", ["a__C", "b__C", "b__tol"]),
        ("SVC(C=1)\nSVC(C=2)", ["svc_1__C", "svc_2__C"]),
        ("m = SVC(C=1)\nm = SVC(C=2)", ["svc_1__C", "svc_2__C"]),
        ("m = SVC(C=1)\nRidge(alpha=2.0)", ["C", "alpha"]),
        ("lr = 1\nconfig = {'lr': 2, 'n': 3}", ["lr", "config__lr", "config__n"]),
        ("a = {'lr': 2}\nb = {'lr': 3}", ["a__lr", "b__lr"]),
        ("lr = 1\np.add_argument('--lr', default=2)", ["lr", "p__lr"]),
        ("lr = 1\n@dataclass\nclass C:\n    lr: int = 1", ["lr", "C__lr"]),
        ("config = {'lr': 1, 'lr': 2}", ["lr"]),
        (
            "class A(SearchSpace): k = Int(3, bounds=(1, 9))\nk = 3",
            ["k", "k_2"],
        ),
    ],
)
def test_each_name_is_used_once(text: str, expected: list[str]) -> None:
    assert sorted(names(read_source(text))) == sorted(expected)


def test_the_last_of_two_equal_keys_counts() -> None:
    reading = read_source("config = {'lr': 1, 'lr': 2}")
    assert reading.places["lr"].text == "2"
    assert [one.reason for one in reading.skipped] == [
        "It is written again further down, which counts."
    ]


def test_conditions_follow_the_names_they_speak_of() -> None:
    text = (
        "make_pipeline(SVC(kernel='rbf',  # tune: {rbf, poly}\n"
        "  gamma=0.1,  # tune: 1e-3..1 when kernel == 'rbf'\n))\n"
    )
    assert read_source(text).hyper_parameters[1].active_when == "svc__kernel == 'rbf'"
    both = read_source(text + "x = {'svc__gamma': 1}")
    assert both.hyper_parameters[1].active_when == "make_pipeline__svc__kernel == 'rbf'"


def test_constraints_follow_the_names_they_speak_of() -> None:
    space = "class {}(SearchSpace):\n    k = Int(3, bounds=(1, 9))\n    constraints = ['k < 5']\n"
    assert read_source(space.format("A")).constraints == ("k < 5",)
    both = read_source(space.format("A") + space.format("B"))
    assert both.constraints == ("A__k < 5", "B__k < 5")


def test_a_preset_condition_goes_with_what_it_speaks_of() -> None:
    text = "SVC(kernel='poly',{}\n degree=4)"
    assert read_source(text.format("")).hyper_parameters[1].active_when == "kernel == 'poly'"
    (degree,) = read_source(text.format("  # tune: off")).hyper_parameters
    assert degree.active_when == ""


def test_a_comment_makes_tunable_what_is_not() -> None:
    assert names(read_source("SVC(random_state=0)")) == []
    assert names(read_source("SVC(random_state=0)  # tune: 0..9")) == ["random_state"]
    assert names(read_source("SVC(C=2.0, random_state=0)  # tune: 1..9")) == ["C"]


def test_on_searches_the_guessed_range() -> None:
    (one,) = read_source("n = 3  # tune: on").hyper_parameters
    assert (one.low, one.high, one.is_searched) == (1, 6, True)


@pytest.mark.parametrize(
    ("text", "what", "reason"),
    [
        (
            "optimizer = 'adam'",
            "optimizer",
            r"A text needs its options. Add a comment such as # tune: {adam, other}.",
        ),
        ("layers = (50, 50)", "layers", "A tuple needs its options."),
        ("n = None", "n", "No range can be guessed from None."),
        ("n = -1", "n", "No range can be guessed from -1."),
        ("c = {'opt': 'adam'}", "c['opt']", "A text needs its options."),
        ("n = f()  # tune: 1..3", "tune comment", "No value that can be read ends on its line"),
        ("def f():\n    n = g()  # tune: 1..3", "tune comment", "No value that can be read"),
    ],
)
def test_what_is_left_alone_is_listed_with_a_reason(text: str, what: str, reason: str) -> None:
    reading = read_source(text)
    (skipped,) = reading.skipped
    assert (skipped.what, names(reading)) == (what, [])
    assert skipped.reason.startswith(reason)


@pytest.mark.parametrize(
    "text",
    ["path = '/tmp/a'", "__author__ = 'me'", "x = f()", "x = [1]", "SEED = 3", "grid = {'C': [1]}"],
)
def test_what_is_plainly_no_hyper_parameter_is_passed_over(text: str) -> None:
    assert read_source(text) == SourceReading()


def test_what_is_left_alone_is_listed_in_the_order_of_the_text() -> None:
    reading = read_source("n = None\nSVC(C=2 * 3)\nm = None\nclass A(SearchSpace): k = Int(x)")
    assert [one.line for one in reading.skipped] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = (", r"source text line 1, column 5 must be Python: '\(' was never closed"),
        ("\nx = 3  # tune: 1 to", r"line 2: the tune comment of x must read LOW\.\.HIGH, {a, b}"),
        (
            "\nx = 5  # tune: 1..3",
            r"line 2: SearchSpace\.x must be a whole number in \[1, 3\], not 5",
        ),
        ("x = 'c'  # tune: {a, b}", r"line 1: SearchSpace\.x must be one of \['a', 'b'\], not 'c'"),
        ("x = 'c'  # tune: on", r"line 1: SearchSpace\.x must have a value whose range can be gue"),
        ("x = 3  # tune: 3..1", r"line 1: SearchSpace\.x must have low < high, not \(3, 1\)"),
        (
            "a, b = 1, 2  # tune: 1..3",
            r"line 1: the tune comment must stand beside one value, and here are 2 \(a, b\), not",
        ),
        (
            "\nx = 1  # tune: 0..3 when c == 1",
            r"line 2: SearchSpace\.x\.active_when must name hyper-parameters \(x\), not 'c == 1'",
        ),
        (
            "class A(SearchSpace):\n    k = Int(3, bounds=(1, 9))\n    constraints = ['c < 1']",
            r"SearchSpace\.constraints\[0\] must name hyper-parameters \(k\), not 'c < 1'",
        ),
        (
            "m0 = SVC()\n" + "".join(f"m{n + 1} = Pipeline([('a', m{n})])\n" for n in range(400)),
            "source text is nested too deeply to be read",
        ),
    ],
)
def test_bad_input_fails_with_its_line(text: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        read_source(text)
