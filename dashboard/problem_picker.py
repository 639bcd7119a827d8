"""What to tune: data that ship with tuneboard, or the user's own table, and a model."""

from __future__ import annotations

from typing import Any

import panel as pn
import param

from ..engine.dataset import BUNDLED, Dataset, load_bundled, make_dataset
from ..engine.errors import TuneboardError
from ..engine.problem import MODELS, Problem
from ..engine.table_file import UPLOAD_LIMIT_MB, read_table
from .stylesheets import BOX, WIDGETS
from .text_panes import PlainText

_OWN = "your own table"
_CHUNK_BYTES = 1_000_000


class ProblemPicker(pn.viewable.Viewer):
    """Chooses the data and the model.

    `problem` is what is chosen, None while the user's table cannot be used; `error` then says
    why in one sentence.
    """

    problem = param.ClassSelector(class_=Problem, allow_None=True, doc="The chosen problem.")
    error = param.String(default="", doc="Why there is no problem.")
    is_disabled = param.Boolean(default=False, doc="Whether nothing can be chosen for now.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._frame: Any = None
        self._file = ""
        self._dataset: Dataset | None = None
        options = {label: name for name, label in BUNDLED.items()} | {"Your own table…": _OWN}
        self._data = pn.widgets.Select(label="Data", options=options, **WIDGETS)
        self._model = pn.widgets.Select(label="Model", options=[], **WIDGETS)
        self._target = pn.widgets.Select(
            label="Target column", options=[], visible=False, **WIDGETS
        )
        self._drop = pn.widgets.FileDropper(
            max_file_size=f"{UPLOAD_LIMIT_MB}MB",
            chunk_size=_CHUNK_BYTES,
            previews=[],
            layout="compact",
            visible=False,
            **WIDGETS,
        )
        self._about = PlainText("", css_classes=["tb-note"], **BOX)
        self._data.param.watch(self._data_chosen, "value")
        self._target.param.watch(self._target_chosen, "value")
        self._model.param.watch(self._model_chosen, "value")
        self._drop.param.watch(self._dropped, "value")
        self._data_chosen()

    def upload(self, filename: str, content: bytes) -> None:
        """Take the user's file in, as if it had been dropped on the page."""
        self._data.value = _OWN
        try:
            self._frame = read_table(filename, content)
        except TuneboardError as error:
            self._refuse(error)
            return
        self._file = filename
        columns = [str(column) for column in self._frame.columns]
        # The last column is the usual place of the target; it can be changed at once.
        self._target.param.update(options=columns, value=columns[-1], visible=True)
        self._target_chosen()

    def choose(self, problem: Problem) -> None:
        """Show a problem that was chosen elsewhere, such as that of a stored study."""
        if not problem.is_bundled:
            target = str(problem.dataset.y.name)
            self._frame = problem.dataset.X.assign(**{target: problem.dataset.y})
            self._file = problem.dataset.name
            self._target.param.update(
                options=[*problem.dataset.feature_names, target], value=target
            )
        self._data.value = problem.dataset.name if problem.is_bundled else _OWN
        self._model.value = problem.model

    def _data_chosen(self, *_events: Any) -> None:
        is_own = self._data.value == _OWN
        self._drop.visible = is_own
        self._target.visible = is_own and self._frame is not None
        if not is_own:
            self._use(load_bundled(self._data.value))
        elif self._frame is not None:
            self._target_chosen()
        else:
            self._dataset = None
            self._about.object = f"A CSV or Parquet file of up to {UPLOAD_LIMIT_MB} MB."
            self.param.update(problem=None, error="")

    def _dropped(self, event: Any) -> None:
        for filename, content in list(event.new.items())[-1:]:
            # Panel gives text files as text.
            data = content.encode() if isinstance(content, str) else content
            self.upload(filename, data)

    def _target_chosen(self, *_events: Any) -> None:
        if self._data.value != _OWN or self._frame is None or self._target.value is None:
            return
        try:
            self._use(make_dataset(self._file, self._frame, self._target.value))
        except TuneboardError as error:
            self._refuse(error)

    def _use(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._about.object = dataset.describe()
        options = {choice.label: name for name, choice in MODELS[dataset.task].items()}
        value = self._model.value if self._model.value in options.values() else None
        self._model.param.update(options=options, value=value or next(iter(options.values())))
        self._model_chosen()

    def _model_chosen(self, *_events: Any) -> None:
        if self._dataset is None or self._model.value not in MODELS[self._dataset.task]:
            return
        now = self.problem
        if now is None or (now.dataset, now.model) != (self._dataset, self._model.value):
            self.param.update(problem=Problem(self._dataset, self._model.value), error="")

    def _refuse(self, error: TuneboardError) -> None:
        self._dataset = None
        self._about.object = ""
        self.param.update(problem=None, error=str(error))

    @param.depends("is_disabled", watch=True)
    def _disable(self) -> None:
        for widget in (self._data, self._model, self._target, self._drop):
            widget.disabled = self.is_disabled

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._data, self._drop, self._target, self._model, self._about, **BOX)
