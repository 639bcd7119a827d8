"""How to search: algorithm, budget, folds, metric, workers."""

from __future__ import annotations

from typing import Any

import panel as pn
import param

from ..engine.metric import METRICS, SCORE, Metric, Task
from ..engine.optimizers import find_optimizer, optimizer_labels
from ..engine.settings import Settings
from .stylesheets import BOX, WIDGETS
from .text_panes import PlainText

_LATER = ("optimizer", "n_trials", "n_workers")
"""What may be changed while a study runs; the rest needs a new study."""


class SetupForm(pn.viewable.Viewer):
    """The settings of the next study, or of the one that is shown."""

    optimizer: Any = param.Selector(default="auto", objects=[], doc="Which trial comes next.")
    n_trials = param.Integer(default=50, allow_None=True, doc="How many trials to run.")
    n_workers = param.Integer(
        default=2, allow_None=True, doc="How many trials run at the same time."
    )
    folds = param.Integer(
        default=5, allow_None=True, doc="Parts that the data are cut into for cross-validation."
    )
    metric: Any = param.Selector(default=None, objects=[None], doc="What is to be improved.")
    seed = param.Integer(default=0, allow_None=True, doc="The same seed repeats the same run.")

    def __init__(self, task: Task | None = None, **params: Any) -> None:
        super().__init__()
        labels = {label: name for name, label in optimizer_labels().items()}
        self.param.optimizer.objects = list(labels.values())
        make = pn.widgets
        self._widgets: dict[str, Any] = {
            "optimizer": make.Select(label="Algorithm", options=labels, **WIDGETS),
            "metric": make.Select(label="Metric", options=[], **WIDGETS),
            "n_trials": make.IntInput(label="Trials", step=10, **WIDGETS),
            "folds": make.IntInput(label="Folds", **WIDGETS),
            "n_workers": make.IntInput(label="Workers", **WIDGETS),
            "seed": make.IntInput(label="Seed", **WIDGETS),
        }
        self._offered: dict[str, Metric] = {}
        self._summary = PlainText("", css_classes=["tb-note", "tb-apart"], **BOX)
        self.offer(task)
        self.param.update(**params)
        for name, widget in self._widgets.items():
            widget.value = getattr(self, name)
            widget.link(self, value=name, bidirectional=True)
        self._describe()

    def offer(self, task: Task | None, y: Any = None) -> None:
        """Offer the metrics that suit the task, and the target `y` where it is given."""
        known = [metric for metric in METRICS[task] if _suits(metric, y)] if task else []
        self._offered = {metric.name: metric for metric in known}
        options: dict[str, str | None] = {metric.label: metric.name for metric in known}
        options = options or {"score": None}
        self.param.metric.objects = list(options.values())
        is_kept = self.metric in options.values()
        value = self.metric if is_kept else next(iter(options.values()))
        # The widget first: on the page it refuses a value that is not among its options.
        self._widgets["metric"].param.update(options=options, value=value)
        self.metric = value

    @property
    def chosen_metric(self) -> Metric:
        """The metric, with what it means."""
        return self._offered.get(self.metric, SCORE)

    def set_to(self, settings: Settings) -> None:
        """Show the settings of a study."""
        metric = settings.metric
        self._offered.setdefault(metric.name, metric)
        if metric.name not in self.param.metric.objects:
            self.param.metric.objects = [metric.name]
            self._widgets["metric"].options = {metric.label: metric.name}
        names = ("optimizer", "n_trials", "n_workers", "folds", "seed")
        values = {name: getattr(settings, name) for name in names}
        self.param.update(**values, metric=metric.name)

    def changed(self, settings: Settings) -> dict[str, Any]:
        """Return what differs from the settings of a study and may be changed in it."""
        now = {name: getattr(self, name) for name in _LATER}
        return {name: value for name, value in now.items() if value != getattr(settings, name)}

    def lock(self, is_begun: bool) -> None:
        """Disable what needs a new study once a study has begun."""
        for name, widget in self._widgets.items():
            widget.disabled = is_begun and name not in _LATER

    @param.depends("optimizer", watch=True)
    def _describe(self) -> None:
        self._summary.object = find_optimizer(self.optimizer).summary

    def __panel__(self) -> pn.viewable.Viewable:
        made = self._widgets
        pairs = [("metric", "n_trials"), ("folds", "n_workers", "seed")]
        rows = [
            pn.Row(*(made[name] for name in pair), css_classes=["tb-fields"], **BOX)
            for pair in pairs
        ]
        return pn.Column(made["optimizer"], self._summary, *rows, **BOX)


def _suits(metric: Metric, y: Any) -> bool:
    if y is None or metric.needs == "any":
        return True
    return metric.needs == "two classes" and len(set(y)) == 2
