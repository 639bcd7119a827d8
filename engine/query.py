"""The language of the search box: free text and conditions, parsed, never evaluated."""

from __future__ import annotations

import difflib
import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .errors import QueryError
from .given import is_number
from .moments import moment_of

MAX_CHARACTERS = 1000

# Words in capitals join terms; a colon or a sign of order makes a condition of a word.
_GRAMMAR = r"""
start: _terms?
_terms: term+
?term: either
?either: unary | unary ("OR" unary)+ -> any_of
?unary: atom | "-" atom -> none_of | "NOT" atom -> none_of
?atom: FIELD value -> field
    | NAME SIGN value -> compared
    | QUOTED_NAME SIGN value -> compared
    | text
    | "(" _terms ")" -> all_of
value: VALUE | TEXT
text: WORD | TEXT
FIELD.4: /[^\W\d]\w*:(?!:)/
NAME.3: /[^\W\d][\w.\/]*(?=\s*(<=|>=|!=|==|=|<|>))/
QUOTED_NAME.3: /`[^`]+`(?=\s*(<=|>=|!=|==|=|<|>))/
SIGN: "<=" | ">=" | "!=" | "==" | "=" | "<" | ">"
TEXT.5: /"(\\.|[^"\\])*"/
VALUE: /[^\s()"]+/
WORD: /[^\s()"<>=!:`\-][^\s()"<>=!:`]*/
%ignore /\s+/
"""

FIELDS: dict[str, str] = {
    "model": "the model's name or text",
    "name": "the study's name",
    "data": "the data set",
    "optimizer": "the search",
    "metric": "the metric's name",
    "state": "running, completed, failed, ...",
    "tag": "a tag",
    "note": "the note",
    "code": "the code it started from",
    "file": "the notebook or file",
    "commit": "the git commit",
    "error": "the error of a trial",
    "has": "a hyper-parameter's name",
    "is": "starred, archived, excluded",
    "since": "a date: 2026-10, 2026-10-03, 7d, today",
    "before": "a date",
    "on": "a date",
}
"""What may stand before a colon -> what it means."""
FLAGS = ("starred", "archived", "excluded")
_DATES = ("since", "before", "on")
NUMBERS = ("score", "trials", "trial", "duration", "fidelity")
"""Numbers that can be compared beside hyper-parameters and metrics."""
_ADVICE = 'Write it like model:RandomForest score>0.9 lr<1e-3 since:2026-10 "churn".'


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one study or trial, to be searched.

    Parameters
    ----------
    texts : mapping of str to str
        By the names of `FIELDS`; free text is looked for in all of them.
    values : mapping of str to object
        What can be compared: `NUMBERS`, metrics and hyper-parameters.
    flags : frozenset of str
        Which of `FLAGS` hold.
    at : float
        When, in seconds since the epoch.
    """

    texts: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    at: float = 0.0

    def says(self, words: str) -> bool:
        """Whether any text or hyper-parameter has these words, in whatever case."""
        words = words.casefold()
        if any(words in text.casefold() for text in self.texts.values()):
            return True
        return any(
            words in f"{name} {value}".casefold()
            for name, value in self.values.items()
            if name not in NUMBERS
        )


Test = Callable[[Facts], bool]


@dataclass(frozen=True)
class Query:
    """A parsed query.

    Parameters
    ----------
    text : str
        As written.
    names : tuple of str
        The names that are compared, for the caller to tell which are not known.

    Examples
    --------
    >>> query = parse_query('model:forest score>0.9 "churn"')
    >>> query.matches(Facts({"model": "RandomForest", "note": "Churn!"}, {"score": 0.95}))
    True
    """

    text: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    _test: Test

    def matches(self, facts: Facts) -> bool:
        """Whether a study or trial is what is asked for."""
        return self._test(facts)


def parse_query(text: str, *, now: float | None = None) -> Query:
    """Parse what stands in the search box.

    Terms side by side must all hold; ``OR`` between two, ``-`` or ``NOT`` before one, and
    parentheses are as elsewhere. A term is a word or a text in quotes, looked for everywhere;
    ``field:text`` with a field of `FIELDS`; or a comparison such as ``lr<1e-3``, ``kernel=rbf``
    or ```max depth` >= 3``, of a number of `NUMBERS`, a metric or a hyper-parameter, in the
    metric's own direction.

    Parameters
    ----------
    text : str
        At most 1,000 characters; an empty one matches all.
    now : float, optional
        The moment that ``since:7d`` counts from, in seconds since the epoch.

    Raises
    ------
    QueryError
        The text is not in the language; the message says where and what to write instead.
    """
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
        rule = f"be text of at most {MAX_CHARACTERS:,} characters"
        raise QueryError.must("Query", rule, text, _ADVICE)
    from lark.exceptions import UnexpectedInput

    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _unreadable(text, error) from None
    builder = _Builder(time.time() if now is None else now)
    test = _all([builder.test(child) for child in tree.children])
    return Query(text, tuple(dict.fromkeys(builder.names)), tuple(builder.words), test)


@cache
def _parser() -> Any:
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr")


def _unreadable(text: str, error: Any) -> QueryError:
    is_cut = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = len(text) if is_cut else error.pos_in_stream
    rest = text[position:].strip()
    where = f"Unreadable from {rest[:20]!r} on." if rest else "It ends too early."
    if text.count('"') % 2:
        where = "A quotation mark is missing."
    return QueryError.must("Query", "be a query", text, f"{where} {_ADVICE}")


class _Builder:
    """Turns a parse tree into one test."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.names: list[str] = []
        self.words: list[str] = []

    def test(self, tree: Any) -> Test:
        build: Callable[[Any], Test] = getattr(self, f"_{tree.data}")
        return build(tree.children)

    def _text(self, children: Any) -> Test:
        words = _words(children[0])
        self.words.append(words)
        return lambda facts: facts.says(words)

    def _any_of(self, children: Any) -> Test:
        tests = [self.test(child) for child in children]
        return lambda facts: any(test(facts) for test in tests)

    def _all_of(self, children: Any) -> Test:
        return _all([self.test(child) for child in children])

    def _none_of(self, children: Any) -> Test:
        test = self.test(children[0])
        return lambda facts: not test(facts)

    def _field(self, children: Any) -> Test:
        name, value = str(children[0])[:-1].lower(), _words(children[1].children[0])
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, 1)
            hint = f"Did you mean {near[0]}:?" if near else "Put text with a colon into quotes."
            raise QueryError.must("Query", f"have fields {', '.join(FIELDS)}", name, hint)
        if name in _DATES:
            return self._dated(name, value)
        if name == "is":
            return _flagged(value)
        if name == "has":
            return lambda facts: value in facts.values
        self.words.append(value)
        wanted = value.casefold()
        return lambda facts: wanted in facts.texts.get(name, "").casefold()

    def _dated(self, name: str, value: str) -> Test:
        start, end = moment_of(value, self.now, f"Query.{name}")
        if name == "since":
            return lambda facts: facts.at >= start
        if name == "before":
            return lambda facts: facts.at < start
        return lambda facts: start <= facts.at < end

    def _compared(self, children: Any) -> Test:
        name, sign = str(children[0]).strip("`"), str(children[1])
        text = children[2].children[0]
        value = _words(text) if text.type == "TEXT" else _value(str(text))
        self.names.append(name)
        if sign[0] in "<>" and not is_number(value):
            advice = "Write it like lr<1e-3."
            raise QueryError.must(f"Query.{name}", "be compared with a number", value, advice)
        compare = _SIGNS[sign]
        return lambda facts: name in facts.values and compare(facts.values[name], value)


def _words(token: Any) -> str:
    if token.type == "TEXT":
        # JSON's own escapes; a lone backslash, as in a Windows path, stands for itself.
        try:
            return str(json.loads(str(token)))
        except ValueError:
            return str(token)[1:-1]
    return str(token)


def _value(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _all(tests: list[Test]) -> Test:
    return lambda facts: all(test(facts) for test in tests)


def _flagged(value: str) -> Test:
    flag = value.lower()
    if flag not in FLAGS:
        rule = f"be one of {', '.join(FLAGS)}"
        raise QueryError.must("Query.is", rule, value, "Choose one of these.")
    return lambda facts: flag in facts.flags


def _is_same(one: Any, other: Any) -> bool:
    """Equal as a user means it: text in whatever case, 3 as 3.0, but True not as 1."""
    if isinstance(one, str) or isinstance(other, str):
        return str(one).casefold() == str(other).casefold()
    if is_number(one) and is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: is_number(one) and compare(one, other)


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": _is_same,
    "==": _is_same,
    "!=": lambda one, other: not _is_same(one, other),
    "<": _ordered(lambda one, other: one < other),
    "<=": _ordered(lambda one, other: one <= other),
    ">": _ordered(lambda one, other: one > other),
    ">=": _ordered(lambda one, other: one >= other),
}


def check_names(query: Query, known: Collection[str]) -> None:
    """Refuse a query that compares what nothing has.

    Raises
    ------
    QueryError
        A name is no number of `NUMBERS` and not among the known ones.
    """
    for name in query.names:
        if name not in known and name not in NUMBERS:
            near = difflib.get_close_matches(name, [*known, *NUMBERS], 1)
            hint = f"Did you mean {near[0]}?" if near else "Look at the names in the list."
            rule = "name a hyper-parameter or metric that there is"
            raise QueryError.must("Query", rule, name, hint)


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: put `text` in place of what stands from `start` on."""

    text: str
    start: int
    about: str = ""


def completions(
    text: str, known: Mapping[str, Iterable[str]], names: Iterable[str] = ()
) -> list[Completion]:
    """Return how the last word of a query may go on.

    Parameters
    ----------
    text : str
        What stands in the box, up to the cursor.
    known : mapping of str to iterable of str
        Field -> the values that there are, such as the models.
    names : iterable of str
        Hyper-parameters and metrics that there are.

    Examples
    --------
    >>> [one.text for one in completions("score>0.9 mod", {})]
    ['model:']
    >>> [one.text for one in completions("model:ran", {"model": ["RandomForest", "SVC"]})]
    ['model:RandomForest']
    """
    start = max((text.rfind(one) for one in " (-"), default=-1) + 1
    word = text[start:].casefold()
    fieldname, colon, begun = word.partition(":")
    if colon:
        values = FLAGS if fieldname == "is" else sorted(set(known.get(fieldname, ())))
        found = [one for one in values if begun.strip('"') in one.casefold()]
        return [Completion(f"{fieldname}:{_quoted(one)}", start) for one in found]
    fields = [
        Completion(f"{one}:", start, about) for one, about in FIELDS.items() if one.startswith(word)
    ]
    numbers = [one for one in dict.fromkeys((*NUMBERS, *names)) if one.casefold().startswith(word)]
    return fields + [Completion(_named(one), start) for one in numbers]


def _quoted(value: str) -> str:
    is_plain = value and not set(value) & set(' ()"')
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _named(name: str) -> str:
    return name if name.replace("_", "a").replace(".", "a").isalnum() else f"`{name}`"
