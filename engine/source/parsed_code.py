"""Source text as a tree in which every value has its exact place; nothing is ever run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from ..plain import is_plain
from .magics import without_magics

if TYPE_CHECKING:
    import libcst as cst

    from ..hyper_parameter import HyperParameter

MAX_DEPTH = 200  # what is nested deeper could overflow the stack of libcst's parser

_LINE_END = re.compile(r"\r\n?|\n")
_TUNE = re.compile(r"#\s*tune:(.*)", re.IGNORECASE)
_FEED = re.compile(r"(?:^|\r\n?|\n)(\ufeff?\f+)(?=[^\s])")


@dataclass(frozen=True)
class Place:
    """Where a value stands in the user's text.

    Parameters
    ----------
    line, column, end_line, end_column : int
        Lines count from 1, columns from 0; the end is the first character behind.
    text : str
        The value as written.
    context : str
        What it belongs to, such as ``"SVC(C=...)"``.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    context: str


@dataclass(frozen=True)
class Skipped:
    """What was left alone, and why, in words for the user."""

    line: int
    column: int
    what: str
    reason: str


@dataclass(frozen=True)
class Found:
    """A value in the code that may be a hyper-parameter.

    Parameters
    ----------
    name : str
        Its name within the group, with the steps in front.
    value : object
        The value, a plain one.
    node : libcst node or None
        Where the value is written; None where a declaration has none.
    context : str
        As for `Place`.
    offered : HyperParameter or None
        What may be offered without a tune comment.
    steps : str
        The part of `name` that its siblings share, such as ``"clf__"``.
    is_tunable : bool
        Whether to speak of it at all where no tune comment asks for it.
    is_declared : bool
        Whether `offered` was written by the user as it is.
    """

    name: str
    value: Any
    node: cst.CSTNode | None
    context: str
    offered: HyperParameter | None
    steps: str = ""
    is_tunable: bool = True
    is_declared: bool = False


@dataclass(eq=False)
class Group:
    """Values that belong together, with the prefix they take where a name is used twice."""

    prefix: str
    found: list[Found] = field(default_factory=list)
    constraints: tuple[str, ...] = ()


class NotLiteralError(ValueError):
    """An expression is no plain value written out."""


class ParsedCode:
    r"""The tree of a source text, with places and tune comments.

    Parameters
    ----------
    text : str
        A file or a notebook cell; IPython's magics are passed over.

    Raises
    ------
    SpaceError
        The text is no Python (the message has the line and column), or nested too deeply.

    Examples
    --------
    >>> code = ParsedCode("!ls\nlr = 1e-3")
    >>> code.place(code.tree.body[1].body[0].value, "constant").line
    2
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise SpaceError.must("source text", "be text", text, "Read the file first.")
        self.text = text
        self.is_marked = text.startswith("\ufeff")
        try:
            python = _python(text[self.is_marked :])
            self.python = text[: self.is_marked] + python
            self.tree = _parsed(python)
            self._ranges = _ranges(self.tree)
        except (RecursionError, MemoryError):
            raise too_deep() from None

    def of(self, *kinds: type[cst.CSTNode]) -> list[Any]:
        """Return all nodes of these kinds, each before its children, in the order of the text."""
        # By the type itself: libcst's are abstract classes, for which isinstance takes long.
        return [node for node in self._nodes if type(node) in kinds]

    @cached_property
    def _nodes(self) -> list[cst.CSTNode]:
        return list(_walk(self.tree))

    @cached_property
    def tune_comments(self) -> dict[int, str]:
        """What stands behind ``# tune:``, by line."""
        return {line: text for line, (_, text) in self._tune_comments.items()}

    @cached_property
    def tune_columns(self) -> dict[int, int]:
        """The column in which each tune comment starts, by line."""
        return {line: column for line, (column, _) in self._tune_comments.items()}

    @cached_property
    def _tune_comments(self) -> dict[int, tuple[int, str]]:
        import libcst as cst

        found: dict[int, tuple[int, str]] = {}
        for node in self.of(cst.Comment):
            if match := _TUNE.search(node.value):
                line, column, _, _ = self.position(node)
                found[line] = column + match.start(), match[1].strip()
        return found

    def position(self, node: cst.CSTNode) -> tuple[int, int, int, int]:
        """Return the node's line, column, end line and end column in the user's text."""
        one = self._ranges[node]
        start, end = one.start, one.end
        first, last = (self._unseen.get(line, 0) for line in (start.line, end.line))
        return start.line, start.column + first, end.line, end.column + last

    def place(self, node: cst.CSTNode, context: str) -> Place:
        """Return where the node stands, parentheses included."""
        start, end = self.span(node)
        return Place(*self.position(node), self.text[start:end], context)

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return where the node starts and ends, counted in characters of the user's text."""
        line, column, end_line, end_column = self.position(node)
        return self._line_starts[line - 1] + column, self._line_starts[end_line - 1] + end_column

    def skipped(self, node: cst.CSTNode, what: str, reason: str) -> Skipped:
        """Say that the node was left alone."""
        line, column, _, _ = self.position(node)
        return Skipped(line, column, what, reason)

    def literal(self, node: cst.CSTNode) -> Any:
        """Return the plain value that an expression writes out.

        Raises
        ------
        NotLiteralError
            It is computed, or is no text, number, True, False, None or tuple of these.
        """
        if not _is_literal(node):
            raise NotLiteralError
        try:
            # In parentheses, as its lines may have been within others.
            value = _silent(ast.literal_eval, f"({self.tree.code_for_node(node).strip()}\n)")
        except (ValueError, SyntaxError, TypeError):
            raise NotLiteralError from None
        if not is_plain(value) or not _is_writable(value):
            raise NotLiteralError
        return value

    def literals(self, node: cst.CSTNode) -> tuple[Any, ...]:
        """Return the plain values of a list, tuple or set that is written out."""
        import libcst as cst

        if not isinstance(node, cst.List | cst.Tuple | cst.Set):
            raise NotLiteralError
        return tuple(self.literal(one.value) for one in node.elements)

    def is_list_of_numbers(self, node: cst.CSTNode) -> bool:
        """Whether the node is a list such as ``[64, 64]``, which is no plain value."""
        import libcst as cst

        if not isinstance(node, cst.List) or not node.elements:
            return False
        return all(isinstance(one.value, cst.Integer | cst.Float) for one in node.elements)

    def is_literal(self, node: cst.CSTNode) -> bool:
        """Whether `literal` can read the node."""
        try:
            self.literal(node)
        except NotLiteralError:
            return False
        return True

    @cached_property
    def _unseen(self) -> dict[int, int]:
        """How many characters at the start of a line libcst does not count."""
        starts = {start: line for line, start in enumerate(self._line_starts, 1)}
        feeds = {starts[one.start(1)]: len(one[1]) for one in _FEED.finditer(self.text)}
        return {1: 1, **feeds} if self.is_marked else feeds

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]


def _walk(tree: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and all below it, each before its children, without recursion."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def last_name(node: cst.CSTNode) -> str:
    """Return the last name of a dotted one: SVC for ``svm.SVC``; empty for other expressions."""
    import libcst as cst

    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _is_literal(node: cst.CSTNode) -> bool:
    """Whether the node could be a plain value, judged without writing all of it out."""
    import libcst as cst

    if isinstance(node, cst.UnaryOperation):
        is_sign = isinstance(node.operator, cst.Minus | cst.Plus)
        return is_sign and isinstance(node.expression, cst.Integer | cst.Float)
    if isinstance(node, cst.Tuple):
        return all(isinstance(e, cst.Element) and _is_literal(e.value) for e in node.elements)
    if isinstance(node, cst.Name):
        return node.value in ("True", "False", "None")
    return isinstance(node, cst.Integer | cst.Float | cst.SimpleString | cst.ConcatenatedString)


def _is_writable(value: Any) -> bool:
    """Whether Python can show the value: not a number of thousands of hexadecimal digits."""
    try:
        repr(value)
    except ValueError:
        return False
    return True


def _parsed(python: str) -> cst.Module:
    import libcst as cst

    try:
        return cst.parse_module(python)
    except cst.ParserSyntaxError as error:
        raise _unreadable(error.raw_line, error.raw_column + 1, error.message) from None
    except (ValueError, TypeError) as error:
        raise _unreadable(1, 1, str(error)) from None


def _python(text: str) -> str:
    """Return the text without magics, or say where it is no Python."""
    if _syntax_error(text) is None:
        return text
    python = without_magics(text)
    error = _syntax_error(python)
    if error is not None:
        raise error
    return python


def _syntax_error(text: str) -> SpaceError | None:
    """Check with Python's own parser: it names the place best, and bears any depth."""
    try:
        tree = _silent(ast.parse, text)
    except SyntaxError as error:
        return _unreadable(error.lineno or 1, error.offset or 1, error.msg)
    except ValueError as error:  # a null byte, or half of a surrogate pair
        return _unreadable(1, 1, str(error))
    _check_depth(tree)
    return None


def _silent(read: Callable[[str], Any], text: str) -> Any:
    """Read without the warnings that Python has of the user's text: they are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(text)


def _check_depth(tree: ast.AST) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise too_deep()


def too_deep() -> SpaceError:
    """Word the refusal of a text that could overflow the stack."""
    message = (
        "source text is nested too deeply to be read. Move the deepest part of it to a file of "
        "its own."
    )
    return SpaceError(message, name="source text")


def _unreadable(line: int, column: int, what: str) -> SpaceError:
    """Word a syntax error; `column` counts from 1, as an editor does."""
    message = (
        f"source text line {line}, column {max(column, 1)} must be Python: {what}. "
        "Correct that line, and read it again."
    )
    return SpaceError(message, name=f"source text line {line}")


def _ranges(tree: cst.Module) -> Any:
    # With the whitespace, as then the parentheses of a value belong to it.
    from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider

    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    return wrapper.resolve(WhitespaceInclusivePositionProvider)
