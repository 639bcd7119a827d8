"""The study on the page as a file: a table, a script, a notebook, a report and more."""

from __future__ import annotations

import io
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import panel as pn

from ..engine.errors import TuneboardError
from ..engine.interchange.formats import FORMATS
from ..engine.study import Study
from .report import export_report
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

REPORT = "report"
_LABELS = {"Report (HTML, works offline)": REPORT} | {
    one.label: name
    for name, one in FORMATS.items()
    if name != "optuna" or find_spec("optuna") is not None
}


class ExportCard(pn.viewable.Viewer):
    """Chooses what is written, and hands the file to the browser."""

    def __init__(self) -> None:
        super().__init__()
        self._study: Study | None = None
        self._trial: int | None = None
        self._folder = ""
        self._format = pn.widgets.Select(label="Export as", options=_LABELS, **WIDGETS)
        self._whole = "The study"
        self._part = pn.widgets.Select(label="What", options=[self._whole], **WIDGETS)
        self._said = PlainText("", css_classes=["tb-note"], **BOX)
        self._download = pn.widgets.FileDownload(
            callback=self._file,
            filename="study.html",
            label="Download",
            auto=True,
            embed=False,
            **BUTTON,
        )
        self._format.param.watch(lambda _event: self._offer(), "value")

    def follow(self, study: Study, selection: list[int], folder: str) -> None:
        """Write this study from now on; the first selected trial can be written alone."""
        trial = selection[0] if selection else None
        if study is self._study and trial == self._trial and self._download.filename:
            return
        self._study, self._trial, self._folder = study, trial, folder
        options = [self._whole] if trial is None else [self._whole, f"Trial {trial}"]
        value = self._part.value if self._part.value in options else self._whole
        self._part.param.update(options=options, value=value)
        self._offer()

    @property
    def text(self) -> str:
        """What could not be written, and why."""
        return str(self._said.object)

    def _offer(self) -> None:
        name, study = self._format.value, self._study
        is_of_trial = name in FORMATS and FORMATS[name].is_of_trial
        self._part.disabled = not is_of_trial
        suffix = ".html" if name == REPORT else FORMATS[name].suffix
        self._download.filename = _file_name(study.name if study else "study") + suffix
        self._download.disabled = study is None or not study.trials
        self._said.object = ""

    def _file(self) -> io.BytesIO:
        try:
            return io.BytesIO(self._written())
        except TuneboardError as error:
            self._said.object = str(error)
            return io.BytesIO(str(error).encode())

    def _written(self) -> bytes:
        """Write the file into a folder of its own, and return what is in it."""
        study = self._study
        if study is None:
            return b""
        with tempfile.TemporaryDirectory(prefix="tuneboard-") as folder:
            path = Path(folder) / str(self._download.filename)
            if self._format.value == REPORT:
                export_report(study.data(), path, actions=study.actions(), marks=study.marks())
            else:
                is_part = not self._part.disabled and self._part.value != self._whole
                trial = self._trial if is_part else None
                FORMATS[self._format.value].write(study.data(), path, self._folder, trial)
            return path.read_bytes()

    def __panel__(self) -> pn.viewable.Viewable:
        row: Any = pn.Row(self._format, self._part, css_classes=["tb-fields"], **BOX)
        return pn.Column(row, self._download, self._said, **BOX)


def _file_name(name: str) -> str:
    """Return a name that every system takes as that of a file."""
    words = re.sub(r"[^\w.-]+", "-", name, flags=re.UNICODE).strip("-.")
    return words[:80] or "study"
