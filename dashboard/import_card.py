"""A study of another tool, taken in: the columns are shown, and what is not known is asked."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from ..engine.errors import TuneboardError
from ..engine.history import History
from ..engine.interchange import import_mlflow, import_optuna, import_ray_tune, import_smac
from ..engine.interchange.table import inputs_among
from ..engine.interchange.upload import TABLES, check_upload, ending_of, import_upload
from ..engine.study_data import StudyData
from ..engine.table_file import UPLOAD_LIMIT_MB, read_table
from .axis import value_text
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import Markup, PlainText
from .theme import stylesheet

_FILE, _OPTUNA, _MLFLOW, _RAY, _SMAC = "file", "optuna", "mlflow", "ray", "smac"
_KINDS = {
    "A file": _FILE,
    "Optuna storage": _OPTUNA,
    "MLflow, folder or server": _MLFLOW,
    "Ray Tune folder": _RAY,
    "SMAC folder": _SMAC,
}
_ABOUT = {
    _FILE: f"CSV or Parquet, one row per trial; JSON of tuneboard or SMAC; a zip of the results of "
    f"Ray Tune, SMAC or MLflow; an Optuna database. Up to {UPLOAD_LIMIT_MB} MB, never pickled.",
    _OPTUNA: "Any URL that Optuna takes, such as sqlite:///runs.db.",
    _MLFLOW: "The folder mlruns, or a tracking address.",
    _RAY: "The folder of one experiment, with a folder per trial.",
    _SMAC: "The folder with runhistory.json.",
}
_N_SHOWN = 3
_CHUNK_BYTES = 1_000_000


class ImportCard(pn.viewable.Viewer):
    """Takes in a file or a storage, and stores it as a new study.

    Parameters
    ----------
    history : History
        Where the study is stored.
    on_made : function
        Called with the id of the new study.
    """

    def __init__(self, history: History, on_made: Callable[[str], None]) -> None:
        super().__init__()
        self._history, self._on_made = history, on_made
        self._file: tuple[str, bytes] | None = None
        make = pn.widgets
        self._kind = make.Select(label="Import from", options=_KINDS, **WIDGETS)
        self._drop = make.FileDropper(
            max_file_size=f"{UPLOAD_LIMIT_MB}MB",
            chunk_size=_CHUNK_BYTES,
            previews=[],
            layout="compact",
            **WIDGETS,
        )
        self._place = make.TextInput(label="Place", visible=False, **WIDGETS)
        self._part = make.TextInput(label="Study or experiment, of several", **WIDGETS)
        self._columns = Markup("", stylesheets=[stylesheet("facts")], visible=False, **_WIDE)
        self._score = make.Select(label="Column of the score", options=[], **WIDGETS)
        self._metric = make.TextInput(label="Metric, of several", **WIDGETS)
        self._inputs = make.MultiSelect(
            label="Columns of hyper-parameters", options=[], size=6, **WIDGETS
        )
        self._is_minimized = make.Checkbox(label="A lower score is better", **WIDGETS)
        self._name = make.TextInput(label="Name of the study", **WIDGETS)
        self._button = make.Button(label="Import it", color="primary", disabled=True, **BUTTON)
        self._said = PlainText("", css_classes=["tb-note"], **BOX)
        self._kind.param.watch(lambda _event: self._offer(), "value")
        self._place.param.watch(lambda _event: self._offer(), "value")
        self._drop.param.watch(self._dropped, "value")
        self._score.param.watch(self._score_chosen, "value")
        self._button.on_click(lambda _event: self.take_in())
        self._offer()

    @property
    def text(self) -> str:
        """What is said of the file."""
        return str(self._said.object)

    def upload(self, filename: str, content: bytes) -> None:
        """Take in a file, as if it had been dropped on the page; `take_in` stores it."""
        self._file = None
        try:
            check_upload(filename, content)
            frame = read_table(filename, content) if ending_of(filename) in TABLES else None
        except TuneboardError as error:
            self._offer()
            self._said.object = str(error)
            return
        self._file = (filename, content)
        self._name.value = ""
        self._describe(frame)
        self._offer()

    def take_in(self) -> None:
        """Store the study; what cannot be read is said."""
        try:
            study_id = self._history.add(self._read())
        except TuneboardError as error:
            self._said.object = str(error)
            return
        self._said.object = "Imported."
        self._on_made(study_id)

    def _dropped(self, event: Any) -> None:
        for filename, content in list(event.new.items())[-1:]:
            # Panel gives text files as text.
            self.upload(filename, content.encode() if isinstance(content, str) else content)

    def _describe(self, frame: Any) -> None:
        """Show the columns of a table, with what they are taken for."""
        self._columns.visible = frame is not None
        if frame is None:
            self._score.options, self._inputs.options = [], []
            return
        names = [str(one) for one in frame.columns]
        guessed = next((one for one in names if one.lower() in _SCORES), names[-1])
        self._score.param.update(options=names, value=guessed)
        self._inputs.param.update(options=names, value=inputs_among(names, guessed))
        self._columns.object = _preview(frame)

    def _score_chosen(self, event: Any) -> None:
        names = list(self._inputs.options)
        if event.new in self._inputs.value or event.old in names:
            kept = {*self._inputs.value, event.old} - {event.new}
            self._inputs.value = [one for one in names if one in kept]

    def _offer(self) -> None:
        kind = self._kind.value
        is_file, is_table = kind == _FILE, bool(self._score.options)
        self._drop.visible = is_file
        self._place.param.update(visible=not is_file, label="URL" if kind == _OPTUNA else "Place")
        self._part.visible = kind in (_OPTUNA, _MLFLOW)
        for one in (self._columns, self._score, self._inputs):
            one.visible = is_file and is_table
        self._metric.visible = kind in (_MLFLOW, _RAY) or (is_file and self._is_zip)
        self._is_minimized.visible = self._metric.visible or (is_file and is_table)
        self._button.disabled = self._file is None if is_file else not self._place.value
        self._said.object = _ABOUT[kind]

    @property
    def _is_zip(self) -> bool:
        return self._file is not None and ending_of(self._file[0]) == ".zip"

    def _read(self) -> StudyData:
        kind, place = self._kind.value, (self._place.value or "").strip()
        name, part = (self._name.value or "").strip(), (self._part.value or "").strip() or None
        scored: dict[str, Any] = {
            "score": (self._metric.value or "").strip() or None,
            "is_minimized": bool(self._is_minimized.value),
        }
        if kind == _OPTUNA:
            return import_optuna(place, part)
        if kind == _MLFLOW:
            return import_mlflow(place, experiment=part, name=name or None, **scored)
        if kind == _RAY:
            return import_ray_tune(place, name=name or None, **scored)
        if kind == _SMAC:
            return import_smac(place, name=name or None)
        filename, content = self._file or ("", b"")
        is_table = bool(self._score.options)
        return import_upload(
            filename,
            content,
            score=(self._score.value if is_table else scored["score"]) or "",
            is_minimized=scored["is_minimized"],
            hyper_parameters=self._chosen_inputs if is_table else None,
            name=name,
        )

    @property
    def _chosen_inputs(self) -> list[str] | None:
        """The columns of hyper-parameters; None where these are the usual ones."""
        usual = inputs_among(self._inputs.options, self._score.value)
        return None if self._inputs.value == usual else self._inputs.value

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(
            self._kind,
            self._drop,
            pn.Row(self._place, self._part, css_classes=["tb-fields"], **BOX),
            self._columns,
            pn.Row(self._score, self._metric, self._name, css_classes=["tb-fields"], **BOX),
            self._inputs,
            self._is_minimized,
            self._button,
            self._said,
            **BOX,
        )


_SCORES = ("score", "value", "mean_test_score", "accuracy", "f1", "auc", "r2", "loss", "cost")


def _preview(frame: Any) -> str:
    """Return the first rows as a table, escaped."""
    heads = "".join(f"<th>{escape(str(one))}</th>" for one in frame.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(value_text(cell))}</td>' for cell in row)}</tr>"
        for row in frame.head(_N_SHOWN).itertuples(index=False)
    )
    n_rows, n_columns = frame.shape
    said = f"<p>{n_rows:,} rows, {n_columns} columns; the first {min(_N_SHOWN, n_rows)}:</p>"
    return f"{said}<table><tr>{heads}</tr>{rows}</table>"


_WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
