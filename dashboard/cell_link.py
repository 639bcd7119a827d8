"""The page and the cells of the notebook: the values of one are the values of the other."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from ..engine.discovery import discover
from ..engine.errors import SpaceError
from ..engine.hyper_parameter import HyperParameter, SpaceVersion
from ..engine.source.editing import SourceEdit, edit_cells
from ..engine.source.literal_text import literal_text
from ..engine.source.merging import Merge, Records, merge
from ..engine.source.model_reading import ModelReading, read_model
from ..engine.space import SearchSpace
from .code_diff import CodeDiff
from .copy_button import copy_button
from .notebook_cells import NotebookCells
from .stylesheets import BOX, BUTTON
from .text_panes import PlainText

_UNLINKED = (
    "Cells are written in JupyterLab and Notebook 7 with tuneboard's extension. Here, copy what "
    "has changed."
)
_ANSWERS = {
    "conflict": "The cell was edited meanwhile, and was left as it is.",
    "missing": "The cell is gone, and nothing was written.",
    "read only": "The cell cannot be edited. Copy the change instead.",
}
_NEXT = "The cell has other hyper-parameters now, which the next study will have."


class CellLink(pn.viewable.Viewer):
    """Follows the cell that makes the model, and writes the values of the page into it.

    Parameters
    ----------
    estimator : scikit-learn estimator
        The live model.
    cells : NotebookCells
        Of the notebook that this runs in.
    on_open : function
        Called with the `SearchSpace` to list when the code has got or lost a hyper-parameter.
    listed : function
        Returns the `SearchSpace` that the page lists.
    """

    def __init__(
        self,
        estimator: Any,
        cells: NotebookCells,
        on_open: Callable[[SearchSpace | None], None],
        listed: Callable[[], SearchSpace],
    ) -> None:
        super().__init__()
        self.space: SearchSpace | None = None
        self.variable = variable_of(estimator)
        self._estimator, self._cells = estimator, cells
        self._on_open, self._listed = on_open, listed
        self._names = [one for one in estimator.get_params() if not one.endswith("__")]
        self._base: Records | None = None
        self._merge: Merge | None = None
        self._edit: SourceEdit | None = None
        self._reading: ModelReading | None = None
        self._written: dict[str, tuple[str, str]] = {}
        self._seen: Any = None
        self._texts: dict[str, str] | None = None
        self._said = PlainText("", css_classes=["tb-note"], **BOX)
        self._conflicts = PlainText("", css_classes=["tb-note"], visible=False, **BOX)
        self._diff = CodeDiff()
        # Holds what is copied for the browser; a pane has it only as HTML.
        self._held = pn.widgets.TextInput(visible=False)
        self._write = _button("Write to cell", self.write, color="primary")
        self._undo = _button("Undo write", self.undo)
        self._take = _button("Take the cell's", self.take_code)
        self._keep = _button("Keep the list's", self.keep_list)
        self._set = _button("Set on model", self.set_on_model, visible=bool(self.variable))
        self._copy = copy_button(self._held, visible=False)

    @property
    def text(self) -> str:
        """What the card says."""
        return str(self._said.object)

    @property
    def edit(self) -> SourceEdit | None:
        """What `write` would write; None where the cell has the values of the list."""
        return self._edit

    @property
    def copied(self) -> str:
        """What the copy button copies."""
        return str(self._held.value)

    @property
    def code(self) -> str:
        """The code of the notebook as it stands; empty where it is not known."""
        return "\n\n".join((self._texts or {}).values())

    @property
    def code_name(self) -> str:
        """The variable of the model; the notebook's own name is not known to a kernel."""
        return self.variable

    def preview_config(self, config: Mapping[str, Any]) -> None:
        """Show what writing a configuration, such as that of a trial, would change."""
        edit, problem = None, "The cell has these values already."
        try:
            edit = edit_cells(self._texts, config, self.variable) if self._texts else None
        except SpaceError as error:
            problem = str(error)
        self._edit = edit if edit is not None and edit.changed else None
        self._diff.show_edit(edit)
        self._held.value = self._to_copy()
        self._say("" if self._edit is not None else problem)

    def poll(self, *, may_follow: bool) -> None:
        """Bring the list and the cell together, where one of them has changed.

        Parameters
        ----------
        may_follow : bool
            Whether the list may get and lose hyper-parameters: not while a study goes on.
        """
        if not self.variable:
            self._said.object = "Give the model a name of its own in a cell to have it linked."
            return
        texts = self._cells.texts if self._cells.is_linked else run_cell(self.variable)
        space = self._listed()
        seen = (space.version, repr(space.config), *self._state())
        if texts == self._texts and seen == self._seen:
            return
        if texts != self._texts:
            self._texts = texts
            self._reading = read_model(texts, self.variable, self._names)
        self._follow(may_follow)
        space = self._listed()
        self._seen = (space.version, repr(space.config), *self._state())

    def _state(self) -> tuple[bool, bool, str]:
        return self._cells.is_linked, self._cells.is_absent, self._cells.notice

    def write(self) -> None:
        """Write what is shown into the cells, as one step that the editor can undo."""
        edit = self._edit
        if edit is not None:
            self._replace({one: (edit.before[one], edit.after[one]) for one in edit.changed})

    def undo(self) -> None:
        """Put back what the last `write` replaced; the list follows, as it follows any edit."""
        self._replace(self._written)

    def take_code(self) -> None:
        """End a conflict: the list takes over what the cell says."""
        if self._merge is None:
            return
        code = self._merge.conflicts
        records = tuple(code.get(one.name, one) for one in self._merge.records)
        self._agree(code)
        self._list(records)
        self._again()

    def keep_list(self) -> None:
        """End a conflict: the list stays, and the difference is shown to be written."""
        if self._merge is not None:
            self._agree(self._merge.conflicts)
            self._again()

    def set_on_model(self) -> None:
        """Give the values of the list to the live model, by its `set_params`."""
        model: Any = vars(sys.modules["__main__"]).get(self.variable)
        if type(model) is not type(self._estimator):
            self._said.object = f"{self.variable} is another kind of object now. Nothing was set."
            return
        new = self._news(model)
        try:
            model.set_params(**new)
        except (ValueError, TypeError) as error:
            self._said.object = f"{self.variable}: {error}"
            return
        self._said.object = (
            f"Done: {_statement(self.variable, new)}"
            if new
            else f"{self.variable} has the values of the list already."
        )

    def _news(self, model: Any) -> dict[str, Any]:
        """Return the values of the list that a live model does not have.

        The list has a number for what is none in the model, such as "scale": while that was not
        edited, it is nothing new.
        """
        listed = {one.name: one.value for one in discover(model)}
        config = self._listed().config
        return {
            name: one
            for name, one in config.items()
            if name in listed and repr(listed[name]) != repr(one)
        }

    def _follow(self, may_follow: bool) -> None:
        reading = self._reading
        self._merge = None
        problem = "" if reading is None else reading.problem
        if reading is not None and not problem:
            problem = self._bring_together(reading, may_follow)
        self._preview()
        self._say(problem)

    def _bring_together(self, reading: ModelReading, may_follow: bool) -> str:
        """Merge both sides; return why that cannot be done, in words."""
        kind = type(self._estimator).__name__
        if reading.kind not in ("", kind):
            return f"{self.variable} is a {reading.kind} now. Run its cell, then open it anew."
        try:
            code = reading.records(self._estimator)
            base = code if self._base is None else self._base
            page = self._listed().version.hyper_parameters
            found = merge(base, page, code)
            if (found.added or found.removed) and not may_follow:
                return _NEXT
            self._merge, self._base = found, found.base
            self._list(found.records)
        except SpaceError as error:
            return str(error)
        return ""

    def _list(self, records: Records) -> None:
        """Put records into the list; those of the same names are an edit of what stands there."""
        space = self._listed()
        version = space.version
        if repr(records) == repr(version.hyper_parameters):
            return
        if [one.name for one in records] == list(version.names) and _kinds(records) == _kinds(
            version.hyper_parameters
        ):
            space.move_to(SpaceVersion(version.number + 1, records, version.constraints))
            return
        try:
            self.space = SearchSpace.of(records, version.constraints)
        except SpaceError:  # a constraint is about what is gone
            self.space = SearchSpace.of(records)
        self._on_open(self.space)

    def _agree(self, records: Mapping[str, HyperParameter]) -> None:
        base = self._base or ()
        self._base = tuple(records.get(one.name, one) for one in base)

    def _again(self) -> None:
        self._follow(may_follow=False)

    def _preview(self) -> None:
        """Show what writing would change, and have it ready to be copied."""
        unwritten = {} if self._merge is None else self._merge.unwritten
        self._edit = None
        edit = None
        if unwritten and self._texts:
            edit = edit_cells(self._texts, unwritten, self.variable)
            self._edit = edit if edit.changed else None
        self._diff.show_edit(edit)
        self._held.value = self._to_copy()

    def _to_copy(self) -> str:
        if self._edit is not None:
            return "\n\n".join(self._edit.after[one] for one in self._edit.changed)
        return _statement(self.variable, self._news(self._estimator))

    def _say(self, problem: str) -> None:
        conflicts = {} if self._merge is None else self._merge.conflicts
        page = {one.name: one for one in self._listed().version.hyper_parameters}
        lines = [_conflict_words(page[name], one) for name, one in conflicts.items()]
        self._conflicts.param.update(object="\n".join(lines), visible=bool(lines))
        self._take.visible = self._keep.visible = bool(lines)
        is_linked = self._cells.is_linked
        notice = self._cells.notice if is_linked else _UNLINKED * self._cells.is_absent
        words = [problem or self._linked_words(), notice]
        self._said.object = " ".join(filter(None, words))
        self._write.visible = self._edit is not None and self._cells.can_write
        self._copy.visible = bool(self.copied) and not self._write.visible
        self._undo.visible = bool(self._written) and self._cells.can_write

    def _linked_words(self) -> str:
        reading = self._reading
        if reading is None:
            return ""
        n_set = len(reading.values)
        what = "1 value" if n_set == 1 else f"{n_set} values"
        return f"{self.variable}: {what} set in its cell."

    def _replace(self, edits: Mapping[str, tuple[str, str]]) -> None:
        def answered(outcome: str, _cell: str) -> None:
            if outcome == "done":
                self._written = {one: (new, old) for one, (old, new) in edits.items()}
                self._undo.visible = True
            else:
                self._said.object = _ANSWERS[outcome]

        if edits:
            self._cells.replace(edits, answered)

    def __panel__(self) -> pn.viewable.Viewable:
        buttons = (self._write, self._copy, self._undo, self._take, self._keep, self._set)
        return pn.Column(
            self._said,
            self._conflicts,
            self._diff,
            self._held,
            pn.Row(*buttons, css_classes=["tb-buttons"], **BOX),
            **BOX,
        )


def variable_of(thing: Any) -> str:
    """Return the variable of the notebook that holds this very object; empty where none does."""
    namespace = vars(sys.modules["__main__"])
    found = (
        name
        for name, one in namespace.items()
        if one is thing and name.isidentifier() and not name.startswith("_")
    )
    return next(found, "")


def run_cell(variable: str) -> dict[str, str]:
    """Return the code that was run last of all that assigns a variable; empty where none is known.

    IPython keeps what was run, in whichever notebook or terminal.
    """
    assigns = re.compile(rf"^[ \t]*{re.escape(variable)}[ \t]*(:[^=\n]+)?=[^=]", re.MULTILINE)
    ran = reversed(ran_cells().values())
    return next(({"": text} for text in ran if assigns.search(text)), {})


def ran_cells() -> dict[str, str]:
    """Return all code that IPython has run, by its number; empty elsewhere."""
    try:
        from IPython import get_ipython
    except ImportError:
        return {}
    shell = get_ipython()
    ran = [] if shell is None else shell.user_ns.get("In", [])
    return {str(number): text for number, text in enumerate(ran)}


def _conflict_words(page: HyperParameter, code: HyperParameter) -> str:
    sides = [literal_text(one.value) for one in (page, code)]
    if sides[0] == sides[1]:
        sides = [_range_words(one) for one in (page, code)]
    return f"{page.name}: {sides[0]} in the list, {sides[1]} in the cell."


def _range_words(record: HyperParameter) -> str:
    if record.kind == "choice":
        return "{" + ", ".join(literal_text(one) for one in record.choices) + "}"
    return f"{literal_text(record.low)} to {literal_text(record.high)}"


def _statement(variable: str, values: Mapping[str, Any]) -> str:
    written = ", ".join(f"{name}={literal_text(one)}" for name, one in values.items())
    return f"{variable}.set_params({written})" if values else ""


def _kinds(records: Records) -> list[str]:
    return [one.kind for one in records]


def _button(label: str, act: Callable[[], None], **look: Any) -> pn.widgets.Button:
    button = pn.widgets.Button(label=label, **{"visible": False, **BUTTON, **look})
    button.on_click(lambda _event: act())
    return button
