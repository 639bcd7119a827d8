"""The page and a file: its hyper-parameters fill the list, new values are written back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import panel as pn

from ..engine.errors import SpaceError, TuneboardError
from ..engine.hyper_parameter import SpaceVersion
from ..engine.source.code_file import CodeFile, CodeFolders
from ..engine.source.editing import SourceEdit, edit_source
from ..engine.space import SearchSpace
from .code_diff import CodeDiff
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

_NONE = "No file"
_MOST_TOLD = 5


class CodeLink(pn.viewable.Viewer):
    """Opens a file, and writes the values of the page back into it.

    Parameters
    ----------
    folders : iterable of path
        Where files may be opened; nothing else is touched.
    on_open : function
        Called with the `SearchSpace` of a file that was opened; with None when it is closed.
    listed : function
        Returns the `SearchSpace` that the page lists: its values are written.

    Raises
    ------
    DataError
        A folder does not exist.
    """

    def __init__(
        self,
        folders: Iterable[str | Path],
        on_open: Callable[[SearchSpace | None], None],
        listed: Callable[[], SearchSpace],
    ) -> None:
        super().__init__()
        self._folders = CodeFolders(folders)
        self._on_open, self._listed = on_open, listed
        self._file: CodeFile | None = None
        self._edit: SourceEdit | None = None
        self._as_read: Any = None
        # A list of numbers has one for 'scale', say, which nobody has asked to write.
        self._stand_ins: dict[str, Any] = {}
        self.space: SearchSpace | None = None
        self._choice = pn.widgets.Select(label="File", options=self._options(), **WIDGETS)
        self._said = PlainText("", css_classes=["tb-note"], **BOX)
        self._skipped = PlainText("", css_classes=["tb-note"], visible=False, **BOX)
        self._preview = _button("Write back", self.preview)
        self._undo = _button("Undo write", self.undo)
        self._read_again = _button("Read again", self.read_again)
        self._write = _button("Write to file", self.write, color="primary")
        self._leave = _button("Leave it", self.leave)
        self._diff = CodeDiff()
        self._choice.param.watch(self._chosen, "value")
        self._offer()

    @property
    def text(self) -> str:
        """What the card says about the file."""
        return str(self._said.object)

    @property
    def edit(self) -> SourceEdit | None:
        """What `write` would write; None where nothing is being looked at."""
        return self._edit

    @property
    def code(self) -> str:
        """The text of the open file, as it was read; empty without one."""
        return "" if self._file is None else self._file.text

    @property
    def code_name(self) -> str:
        """The name of the open file; empty without one."""
        return "" if self._file is None else self._file.path.name

    def open(self, name: str) -> None:
        """Open a file by the name that the page shows."""
        self._choice.value = self._choice.options[name]

    def preview(self) -> None:
        """Show what writing the values of the list would change."""
        self.preview_config(self._listed().config)

    def preview_config(self, config: Mapping[str, Any]) -> None:
        """Show what writing a configuration, such as that of a trial, would change."""
        file = self._file
        if file is None:
            self._said.object = "Open a file first: its values are then replaced by these."
            return
        self._edit = None
        try:
            self._edit = self._edit_of(file, config)
        except TuneboardError as error:
            self._said.object = str(error)
        self._diff.show_edit(self._edit)
        if self._edit is not None and not self._edit.changed:
            self._said.object = f"{file.path.name} has these values already."
            self._edit = None
        self._offer()

    def _edit_of(self, file: CodeFile, config: Mapping[str, Any]) -> SourceEdit:
        """Return the edit that writes values, less what stands in for a value of the code."""
        kept = {one for one, value in self._stand_ins.items() if config.get(one) == value}
        edit = edit_source(file.text, {n: v for n, v in config.items() if n not in kept})
        why = "It is no number in the code, and its value in the list was not changed."
        return replace(edit, refused={**edit.refused, **dict.fromkeys(sorted(kept), why)})

    def write(self) -> None:
        """Write what `preview` shows; the file as it was is kept beside it."""
        file, edit = self._file, self._edit
        if file is None or edit is None:
            return
        try:
            backup = file.write(edit.applied_to("", file.text))
            n_values = len({one.name for one in edit.changes})
            what = "1 value" if n_values == 1 else f"{n_values} values"
            self._said.object = f"{what} written. Before: {backup.name}"
            self._as_read = _content(self._listed())
        except TuneboardError as error:
            self._said.object = str(error)
        self.leave()

    def leave(self) -> None:
        """Write nothing, and show no difference any more."""
        self._edit = None
        self._diff.show_edit(None)
        self._offer()

    def undo(self) -> None:
        """Put back what the last `write` replaced; the list keeps its values."""
        if self._file is None or not self._file.can_undo:
            return
        try:
            self._file.undo()
            self._said.object = f"{self._file.path.name} is as it was before."
        except TuneboardError as error:
            self._said.object = str(error)
        self.leave()

    def read_again(self) -> None:
        """Take in the file as it is on the disk now; the list follows."""
        self._take_in(self._file)

    def poll(self, *, may_follow: bool) -> None:
        """See whether the file has changed on the disk.

        The list follows, if `may_follow` and nothing has been edited in it since: an edit in
        the page is never overwritten.
        """
        if self._file is None or not self._file.has_changed():
            return
        is_untouched = _content(self._listed()) == self._as_read
        if may_follow and is_untouched and self._edit is None and self._listed() is self.space:
            self.read_again()
            return
        name = self._file.path.name
        self._said.object = (
            f"{name} has changed on the disk since it was read. Read it again to have its values "
            "in the list; those of the list are lost then, until you undo."
        )
        self._edit = None
        self._diff.show_edit(None)
        self._offer()

    def check_fit(self, space: SearchSpace | None, estimator: Any) -> None:
        """Check that a model has all that the open file sets.

        Raises
        ------
        SpaceError
            It does not: names one that it lacks.
        """
        if space is None or space is not self.space or self._file is None:
            return
        known = estimator.get_params()
        for one in space.version.hyper_parameters:
            if one.name not in known:
                raise SpaceError(
                    f"{self._file.path.name} sets {one.name}, which the chosen model does not "
                    "have. Choose the model that the file makes, to tune it; values can be "
                    "edited and written back in any case.",
                    name=one.name,
                )

    def _options(self) -> dict[str, Any]:
        return {_NONE: None, **self._folders.files()}

    def _chosen(self, event: Any) -> None:
        if event.new is None:
            self._file = self.space = None
            self._said.object = ""
            self._skipped.visible = False
            self.leave()
            self._on_open(None)
            return
        try:
            file = self._folders.open(event.new)
        except TuneboardError as error:
            self._said.object = str(error)
            return
        self._take_in(file)

    def _take_in(self, file: CodeFile | None) -> None:
        if file is None:
            return
        self._file = file
        try:
            file.read()
            space = SearchSpace.from_source(file.text)
        except TuneboardError as error:
            self._said.object = f"{file.path.name}: {error}"
            self._offer()
            return
        made = edit_source(file.text, space.config).changes
        self._stand_ins = {one.name: space.config[one.name] for one in made}
        self._describe(file, space)
        self._fill_list(space)
        self._as_read = _content(self._listed())
        self.leave()

    def _fill_list(self, space: SearchSpace) -> None:
        """Show the space; one of the same hyper-parameters is an edit of that in the list."""
        now = self.space
        if now is None or now is not self._listed() or not _is_alike(now, space):
            self.space = space
            self._on_open(space)
            return
        version = space.version
        now.reading = space.reading
        number = now.version.number + 1
        now.move_to(SpaceVersion(number, version.hyper_parameters, version.constraints))

    def _describe(self, file: CodeFile, space: SearchSpace) -> None:
        n_found, skipped = len(space.reading.hyper_parameters), space.reading.skipped
        what = "1 hyper-parameter" if n_found == 1 else f"{n_found} hyper-parameters"
        self._said.object = f"{file.path.name}: {what} read."
        lines = [f"line {one.line}, {one.what}: {one.reason}" for one in skipped[:_MOST_TOLD]]
        if len(skipped) > _MOST_TOLD:
            lines.append(f"and {len(skipped) - _MOST_TOLD} more that were left alone")
        self._skipped.param.update(object="\n".join(lines), visible=bool(lines))

    def _offer(self) -> None:
        is_open = self._file is not None
        self._preview.param.update(visible=is_open and self._edit is None)
        self._undo.visible = self._file is not None and self._file.can_undo
        self._read_again.visible = self._file is not None and self._file.has_changed()
        self._write.visible = self._leave.visible = self._edit is not None

    def __panel__(self) -> pn.viewable.Viewable:
        buttons = (self._write, self._leave, self._preview, self._undo, self._read_again)
        return pn.Column(
            self._choice,
            self._said,
            self._skipped,
            self._diff,
            pn.Row(*buttons, css_classes=["tb-buttons"], **BOX),
            **BOX,
        )


def _button(label: str, act: Callable[[], None], **look: Any) -> pn.widgets.Button:
    button = pn.widgets.Button(label=label, visible=False, **{**BUTTON, **look})
    button.on_click(lambda _event: act())
    return button


def _content(space: SearchSpace) -> Any:
    return space.version.hyper_parameters, space.version.constraints


def _is_alike(one: SearchSpace, other: SearchSpace) -> bool:
    kinds = [
        {record.name: record.kind for record in space.version.hyper_parameters}
        for space in (one, other)
    ]
    return kinds[0] == kinds[1]
