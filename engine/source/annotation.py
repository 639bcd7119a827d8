"""The tune comment: what a hyper-parameter may be, written beside its value in the code."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from ..errors import SpaceError
from ..expression import parse
from ..hyper_parameter import HyperParameter
from .literal_text import literal_text

FROM_COMMENT = "from the tune comment in your code"

# A condition ends at a comment sign outside quotes, so that a remark for a linter may follow.
_GRAMMAR = r"""
start: _form _flag* condition?
_form: span | options | switch
span: number ".." number
switch: SWITCH
options: "{" [_option ("," _option)* ","?] "}"
_option: word | _literal
word: WORD
_literal: number | text | constant | tuple
tuple: "(" ")" | "(" _literal "," [_literal ("," _literal)* ","?] ")"
number: SIGN? NUMBER
text: TEXT
constant: CONSTANT
_flag: log | ordered | held | step | label | unit
log: /log\b/
ordered: /ordered\b/
held: /held\b/
step: "step" number
label: "label" text
unit: "unit" (text | word)
condition: /when\b/ CONDITION
SWITCH: /(on|off)\b/
SIGN: "-" | "+"
NUMBER: /0[xX][\da-fA-F_]+|(\d[\d_]*(\.(?!\.)[\d_]*)?|\.\d[\d_]*)([eE][+-]?\d+)?/
TEXT: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
CONSTANT.2: /(True|False|None)\b/
WORD: /[^\W\d]\w*/
CONDITION: /("(\\.|[^"\\])*"|'(\\.|[^'\\])*'|`[^`]*`|[^#"'`])+/
%ignore /\s+/
%ignore /#.*/
"""

_RULE = "read LOW..HIGH, {a, b}, on or off"
_ADVICE = 'Write it like 1e-5..1e-1 log, {relu, tanh} or 1..9 step 2 label "Depth" when a < 3.'
_CONSTANTS = {"True": True, "False": False, "None": None}
_ONLY = {"log": "span", "step": "span", "ordered": "options"}


@dataclass(frozen=True)
class Annotation:
    """What a tune comment says.

    Parameters
    ----------
    form : {"span", "options", "on", "off"}
        A range, a set of choices, the range that would be guessed, or never to be offered.
    low, high, log, step, choices, ordered, is_searched, active_when, label, unit
        As for `HyperParameter`.

    Examples
    --------
    >>> one = parse_annotation("1e-5..1e-1 log")
    >>> one.low, one.high, one.log
    (1e-05, 0.1, True)
    >>> one.hyper_parameter("lr", 1e-3).kind
    'real'
    """

    form: Literal["span", "options", "on", "off"]
    low: Any = None
    high: Any = None
    log: bool = False
    step: Any = None
    choices: tuple[Any, ...] = ()
    ordered: bool = False
    is_searched: bool = True
    active_when: str = ""
    label: str = ""
    unit: str = ""

    def hyper_parameter(
        self, name: str, value: Any, offered: HyperParameter | None = None
    ) -> HyperParameter | None:
        """Say what the hyper-parameter of that name and value in the code may be.

        A None in the code beside a range leaves the value open: the search starts at `low`.

        Parameters
        ----------
        name : str
            The hyper-parameter.
        value : object
            Its value in the code.
        offered : HyperParameter, optional
            What would be guessed without the comment, which "on" switches on.

        Returns
        -------
        HyperParameter or None
            None where the comment says off.

        Raises
        ------
        SpaceError
            The value is not allowed, or nothing can be guessed.
        """
        if self.form == "off":
            return None
        if self.form == "on":
            return self._switched_on(name, value, offered)
        if self.form == "options":
            return self._record(name, "choice", value, choices=self.choices, ordered=self.ordered)
        numbers = (self.low, self.high) if value is None else (value, self.low, self.high)
        is_whole = all(type(number) is int for number in numbers)
        if value is None and self.is_searched:
            value = self.low
        span = {"low": self.low, "high": self.high, "log": self.log, "step": self.step}
        return self._record(name, "int" if is_whole else "real", value, **span)

    def _record(self, name: str, kind: Any, value: Any, **allowed: Any) -> HyperParameter:
        return HyperParameter(
            name,
            kind,
            value,
            **allowed,
            is_searched=self.is_searched,
            source=FROM_COMMENT,
            active_when=self.active_when,
            label=self.label,
            unit=self.unit,
        )

    def _switched_on(self, name: str, value: Any, offered: HyperParameter | None) -> HyperParameter:
        if offered is None:
            raise SpaceError.must(
                f"SearchSpace.{name}",
                "have a value whose range can be guessed",
                value,
                "Write the range in place of on, such as 1..9 or {a, b}.",
            )
        return replace(
            offered.edited(is_searched=self.is_searched),
            name=name,
            active_when=self.active_when or offered.active_when,
            label=self.label,
            unit=self.unit,
        )


def parse_annotation(text: str, owner: str = "a tune comment") -> Annotation:
    """Parse what stands behind ``# tune:``.

    It is ``LOW..HIGH``, ``{a, b, "c d", 3, None, (50, 50)}``, ``on`` or ``off``; behind it, in
    any order, ``log``, ``step S``, ``ordered``, ``held`` (offered, but not searched),
    ``label "Learning rate"`` and ``unit s``; last, ``when`` with a condition (see
    `expression.parse`).

    Parameters
    ----------
    text : str
        One line.
    owner : str
        What the text belongs to, for messages, such as ``"line 3: the tune comment of lr"``.

    Raises
    ------
    SpaceError
        The text is not in the language; the message shows where.
    """
    from lark.exceptions import UnexpectedInput

    try:
        parts = list(map(_part, _parser().parse(text).children))
    except UnexpectedInput as error:
        raise _unreadable(owner, text, error) from None
    except (RecursionError, SyntaxError, ValueError):
        raise SpaceError.must(owner, _RULE, text, _ADVICE) from None
    return _annotation(parts, owner, text)


@cache
def _parser() -> Any:
    """Return the parser; making it takes some milliseconds."""
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def _unreadable(owner: str, text: str, error: Any) -> SpaceError:
    is_cut = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = len(text) if is_cut else error.pos_in_stream
    rest = text[position:].rstrip()
    where = f"Unreadable from {rest[:20]!r} on. " if rest else "It ends too early. "
    return SpaceError.must(owner, _RULE, text, where + _ADVICE)


def _part(tree: Any) -> tuple[str, Any]:
    """Return one part of the comment as its name and its value."""
    children = tree.children
    if tree.data == "span":
        return "span", tuple(map(_value, children))
    if tree.data == "options":
        return "options", tuple(map(_value, children))
    if tree.data == "switch":
        return str(children[0]), None
    if tree.data == "condition":
        return "active_when", str(children[1]).strip()
    return str(tree.data), _value(children[0]) if tree.data in ("step", "label", "unit") else True


def _value(tree: Any) -> Any:
    if tree.data == "word":
        return str(tree.children[0])
    if tree.data == "constant":
        return _CONSTANTS[tree.children[0]]
    if tree.data == "tuple":
        return tuple(map(_value, tree.children))
    value = ast.literal_eval("".join(tree.children))
    repr(value)  # a ValueError where it has more digits than Python can show
    return value


def _annotation(parts: list[tuple[str, Any]], owner: str, text: str) -> Annotation:
    (form, value), *flags = parts
    for name, flag in flags:
        _check_flag(owner, text, form, name)
        if [one for one, _ in flags].count(name) > 1:
            raise SpaceError.must(owner, f"have {name} once", text, "Drop one of the two.")
        if name == "active_when":
            parse(flag, f"{owner}: when")
    named: dict[str, Any] = dict(flags)
    if named.pop("held", False):
        named["is_searched"] = False
    if form == "span":
        named |= {"low": value[0], "high": value[1]}
    elif form == "options":
        named["choices"] = value
    return Annotation(form, **named)  # type: ignore[arg-type]


def _check_flag(owner: str, text: str, form: str, name: str) -> None:
    words = {"span": "a range LOW..HIGH", "options": "choices {a, b}"}
    if form == "off":
        raise SpaceError.must(owner, "have nothing behind off", text, "Drop the rest of it.")
    if form != _ONLY.get(name, form):
        advice = f"Drop {name}, or write it behind {words[_ONLY[name]]}."
        raise SpaceError.must(owner, f"have {name} only with {words[_ONLY[name]]}", text, advice)


def annotation_text(hyper_parameter: HyperParameter) -> str:
    """Write what `parse_annotation` reads: all but the name, the value and the source.

    Examples
    --------
    >>> annotation_text(HyperParameter("lr", "real", 1e-3, 1e-5, 1e-1, log=True))
    '1e-05..0.1 log'
    """
    one = hyper_parameter
    if one.kind == "choice":
        form = f"{{{', '.join(map(_option_text, one.choices))}}}"
    else:
        form = f"{literal_text(one.low)}..{literal_text(one.high)}"
    flags = [
        ("log", one.log),
        (f"step {literal_text(one.step)}", one.step is not None),
        ("ordered", one.ordered and one.kind == "choice"),
        ("held", not one.is_searched),
        (f"label {literal_text(one.label)}", one.label),
        (f"unit {_word_or_text(one.unit)}", one.unit),
        (f"when {' '.join(one.active_when.split())}", one.active_when),
    ]
    return " ".join([form, *(text for text, is_on in flags if is_on)])


def _option_text(choice: Any) -> str:
    return _word_or_text(choice) if isinstance(choice, str) else literal_text(choice)


def _word_or_text(text: str) -> str:
    is_word = text.isascii() and text.isidentifier() and text not in _CONSTANTS
    return text if is_word else literal_text(text)
