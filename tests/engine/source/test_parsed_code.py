"""Source text as a tree with exact places."""

from __future__ import annotations

from typing import Any

import libcst as cst
import pytest
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.source.parsed_code import NotLiteralError, ParsedCode, last_name


def value_of(text: str) -> tuple[ParsedCode, Any]:
    code = ParsedCode(text)
    return code, code.of(cst.Assign)[-1].value


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff",
        "a = '''one\n two'''\r\n",
        "größe = '\u2028 \x0b'; ",
        "if True:\n\t",
        "a = 1\r",
        "\x0c\n",
        "%matplotlib inline\n",
        "%%time\n",
        "!pip install (it's\n",
        "%timeit f('\n",
        "if True:\n    !ls\n",
        "files = !ls\n",
        "how = %time f(1)\n",
        "frame.head?\n",
        "?frame\n",
        "text = '''\n%no magic\n!nor this\n'''\n!ls\n",
        "!ls \\\n  -l\n",
        "a = [1,\n # it's\n 2]\n!ls\n",
        "a = 'it\\'s' + \"#\"\n!ls\n",
    ],
)
@pytest.mark.parametrize("written", ["1e-3", "(1,\n 2)", "-5", "'ß'", "( 3 )", '("a"\r\n "b")'])
def test_a_place_is_exact_whatever_stands_before(before: str, written: str) -> None:
    text = f"{before}x = {written}\n"
    code, node = value_of(text)
    place = code.place(node, "constant")
    lines = text.replace("\r\n", "\n\n").replace("\r", "\n").split("\n")
    assert place.text == written
    assert place.context == "constant"
    assert place.line >= 1
    assert len(lines) > place.line
    assert repr(code.literal(node))


@pytest.mark.parametrize("text", ["\fx = 5", "y = 1\n\f\fx = 5", "\f\nx = 5", "\ufeff\fx = 5"])
def test_a_place_is_exact_behind_form_feeds(text: str) -> None:
    code = ParsedCode(text)
    place = code.place(code.tree.body[-1].body[0].value, "constant")
    assert place.text == "5"
    assert text.split("\n")[-1][place.column :] == "5"


def test_a_place_counts_lines_from_1_and_columns_from_0() -> None:
    code, node = value_of("a = 1\n  \nx = (1,\n 2)  # end\n")
    place = code.place(node, "")
    assert (place.line, place.column, place.end_line, place.end_column) == (3, 4, 4, 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("-2.5", -2.5),
        ("1e999", float("inf")),
        ("None", None),
        ("'a' 'b'", "ab"),
        ("1, 2", (1, 2)),
        ("((1, 'a'), ())", ((1, "a"), ())),
        (r"'\d'", r"\d"),
    ],
)
def test_a_literal_is_read(text: str, value: Any) -> None:
    code, node = value_of(f"x = {text}")
    assert repr(code.literal(node)) == repr(value)
    assert code.is_literal(node)


@pytest.mark.parametrize(
    "text",
    [
        "f(1)",
        "y",
        "1 + 2",
        "[1]",
        "f'{y}'",
        "b'a'",
        "2j",
        "(1, y)",
        "(1, *y)",
        "not 1",
        "-y",
        "0x" + "f" * 9999,
    ],
)
def test_what_is_no_plain_literal_is_not_read(text: str) -> None:
    code, node = value_of(f"x = {text}")
    assert not code.is_literal(node)
    with pytest.raises(NotLiteralError):
        code.literal(node)


def test_literals_are_read_from_a_list_only_where_all_are_written_out() -> None:
    code, node = value_of("x = [1, 'a', (2,)]")
    assert code.literals(node) == (1, "a", (2,))
    code, node = value_of("x = range(3)")
    with pytest.raises(NotLiteralError):
        code.literals(node)


def test_tune_comments_are_found_behind_other_remarks() -> None:
    code = ParsedCode(
        "x = 1  # noqa  # tune: 1..3\ny = '# tune: 2..3'\n#tune:{a}\nz = 2  # Tune: 1..9\n"
    )
    assert code.tune_comments == {1: "1..3", 3: "{a}", 4: "1..9"}
    assert code.tune_columns == {1: 15, 3: 0, 4: 7}


@pytest.mark.parametrize(("text", "name"), [("a.b.SVC", "SVC"), ("SVC", "SVC"), ("f()", "")])
def test_the_last_name_of_a_dotted_one_is_read(text: str, name: str) -> None:
    _, node = value_of(f"x = {text}")
    assert last_name(node) == name


@pytest.mark.parametrize("text", ["%%bash\nrm (\n", "\n%%html\n<a>\n", "", "   \n", "# only\n"])
def test_a_cell_without_python_has_nothing(text: str) -> None:
    assert not ParsedCode(text).of(cst.Assign)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = (1,\n", r"source text line 2, column 5 must be Python: '\(' was never closed"),
        ("%time x\n  y = 1", r"source text line 2, column \d must be Python: unexpected indent"),
        ("x = 1 1", r"source text line 1, column \d must be Python: .* Correct that line"),
        ("x = \x00", r"source text line 1, column \d must be Python: .*null byte"),
        ("x = '\ud800'", r"source text line 1, column 1 must be Python: .*surrogates"),
        ("x = " + "9" * 5000, r"source text line 1, column \d must be Python: Exceeds the limit"),
    ],
)
def test_text_that_is_no_python_fails_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        ParsedCode(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "-" * 3000 + "1",
        "x = " + "[" * 150 + "]" * 150 + "+1" * 3000,
        "x = a" + ".b" * 30_000,
        "x = " + "1+" * 30_000 + "1",
        "x = 1" + " if a else 2" * 1000,
    ],
)
def test_text_that_is_nested_too_deeply_fails(text: str) -> None:
    with pytest.raises(SpaceError, match="source text is nested too deeply to be read. Move"):
        ParsedCode(text)


def test_deep_brackets_fail_in_words() -> None:
    with pytest.raises(SpaceError, match="too many nested parentheses|nested too deeply"):
        ParsedCode("x = " + "(" * 5000 + ")" * 5000)


def test_what_is_no_text_fails() -> None:
    with pytest.raises(SpaceError, match="source text must be text, not 3. Read the file first."):
        ParsedCode(3)  # type: ignore[arg-type]
