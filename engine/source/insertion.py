"""Adding an argument to a call, or an entry to a dict, in the style of those that are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .parsed_code import ParsedCode
from .value_text import Replacement

if TYPE_CHECKING:
    import libcst as cst

_REST = re.compile(r"[^\S\r\n]*(?:#[^\r\n]*)?(?=\r\n?|\n)")


@dataclass(frozen=True)
class _Items:
    """The items within brackets, as places in the text.

    Parameters
    ----------
    inside : int
        Right behind the opening bracket.
    start, end : int
        Of the last item, without its comma; both `inside` where there is none.
    comma : int or None
        Right behind the comma of the last item.
    """

    inside: int
    start: int
    end: int
    comma: int | None


def insertion(
    code: ParsedCode, node: cst.Call | cst.Dict, key: str, value: str, quote: str
) -> list[Replacement]:
    """Return what to insert so that a call or a dict has one more item, at its end.

    Parameters
    ----------
    code : ParsedCode
        The text.
    node : libcst Call or Dict
        Where it goes.
    key, value : str
        The name of the argument or of the entry, and the value as written.
    quote : str
        The quotes for a key.
    """
    import libcst as cst

    is_call = isinstance(node, cst.Call)
    items = _of_call(code, node) if isinstance(node, cst.Call) else _of_dict(code, node)
    written = f"{key}{_equals(node)}{value}" if is_call else f"{quote}{key}{quote}: {value}"
    if items.end == items.inside:
        return [(items.inside, items.inside, written)]
    line_start = max(code.text.rfind(end, 0, items.start) for end in "\r\n") + 1
    indent = code.text[line_start : items.start]
    if line_start > items.inside and not indent.strip():
        return _on_own_line(code, items, indent, written)
    if items.comma is None:
        return [(items.end, items.end, f", {written}")]
    return [(items.comma, items.comma, f" {written},")]


def _on_own_line(code: ParsedCode, items: _Items, indent: str, written: str) -> list[Replacement]:
    """Give the item its line, below the remark that belongs to the last one."""
    behind = items.end if items.comma is None else items.comma
    rest = _REST.match(code.text, behind)
    line_end = rest.end() if rest else behind
    line = f"{_newline(code)}{indent}{written}"
    if items.comma is not None:
        return [(line_end, line_end, f"{line},")]
    if line_end == items.end:
        return [(line_end, line_end, f",{line}")]
    return [(items.end, items.end, ","), (line_end, line_end, line)]


def _newline(code: ParsedCode) -> str:
    return (
        "\r\n"
        if "\r\n" in code.text
        else "\r"
        if "\r" in code.text and "\n" not in code.text
        else "\n"
    )


def _equals(node: Any) -> str:
    """Return the equals sign as the last named argument has it."""
    named = [one for one in node.args if one.keyword is not None]
    if not named:
        return "="
    sign = named[-1].equal
    before, after = sign.whitespace_before, sign.whitespace_after
    is_wide = bool(getattr(before, "value", "") and getattr(after, "value", ""))
    return " = " if is_wide else "="


def _of_call(code: ParsedCode, node: cst.Call) -> _Items:
    start, _ = code.span(node)
    render = code.tree.code_for_node
    start += sum(len(render(one)) for one in node.lpar)
    inside = start + len(render(node.func)) + len(render(node.whitespace_after_func)) + 1
    if not node.args:
        return _Items(inside, inside, inside, None)
    last = node.args[-1]
    return _Items(inside, code.span(last)[0], code.span(last.value)[1], _behind(code, last.comma))


def _of_dict(code: ParsedCode, node: cst.Dict) -> _Items:
    start, _ = code.span(node)
    inside = start + sum(len(code.tree.code_for_node(one)) for one in node.lpar) + 1
    if not node.elements:
        return _Items(inside, inside, inside, None)
    last: Any = node.elements[-1]
    return _Items(inside, code.span(last)[0], code.span(last.value)[1], _behind(code, last.comma))


def _behind(code: ParsedCode, comma: Any) -> int | None:
    import libcst as cst

    if not isinstance(comma, cst.Comma):
        return None
    return code.span(comma)[0] + len(code.tree.code_for_node(comma.whitespace_before)) + 1
