"""What can be done with an earlier configuration: apply, revert, fork, start anew, compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from ..engine.errors import SpaceError
from ..engine.side_by_side import changes_of, compare_trials, what_moved_the_score
from ..engine.study import Study
from ..engine.trial import Trial
from .comparison_pane import ComparisonPane
from .stylesheets import BOX, BUTTON
from .text_panes import PlainText

_MOST, _N_MOVES = 6, 5
_HINT = "Select a trial in any plot or in the table."


class PastActions(pn.viewable.Viewer):
    """Buttons that act on the selected trials of the study on the page.

    Parameters
    ----------
    do : function
        Called with an action to be done, whose errors it shows.
    on_open : function
        Called with the id of a study that has been made.
    to_code : function, optional
        Called with a configuration that is to be written into the open file, where there is one.
    """

    def __init__(
        self,
        do: Callable[[Callable[[], Any]], None],
        on_open: Callable[[str], None],
        to_code: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        super().__init__()
        self._do, self._on_open, self._to_code = do, on_open, to_code
        self._study: Study | None = None
        self._numbers: list[int] = []
        self._text = PlainText(_HINT, css_classes=["tb-note", "tb-apart"], **BOX)
        self._comparison = ComparisonPane("Compared trials")
        actions: dict[str, Callable[[Study], None]] = {
            "Apply": self._apply,
            "Apply common": lambda study: self._apply(study, only_common=True),
            "Apply to code": self._write,
            "Revert": lambda study: self._told(study.revert()),
            "Fork here": lambda study: self._on_open(study.fork(self._trial(study).number)),
            "New around it": lambda study: self._on_open(study.around(self._trial(study).config)),
            "Compare": self._compare,
        }
        self._buttons = {label: self._button(label, act) for label, act in actions.items()}
        self._buttons["Apply common"].visible = False
        self._buttons["Apply to code"].visible = to_code is not None

    @property
    def comparison(self) -> ComparisonPane:
        """What differs between the selected trials, when that was asked for; shown elsewhere."""
        return self._comparison

    def follow(self, study: Study, numbers: Sequence[int]) -> None:
        """Act on these trials of this study from now on."""
        if study is not self._study or list(numbers) != self._numbers:
            self._study, self._numbers = study, list(numbers)
            self._text.object = _words(self._numbers)
            self._comparison.show_comparison(None)
            self._buttons["Apply common"].visible = False
        is_stored = bool(study.id)
        self._buttons["Apply to code"].disabled = not self._numbers
        for label, needed in (("Apply", 1), ("Fork here", 1), ("New around it", 1), ("Compare", 2)):
            is_enough = len(self._numbers) >= needed
            self._buttons[label].disabled = not (is_stored and is_enough)
        self._buttons["Revert"].disabled = not is_stored

    @property
    def text(self) -> str:
        """The line above the buttons."""
        return str(self._text.object)

    def _button(self, label: str, act: Callable[[Study], None]) -> pn.widgets.Button:
        def clicked(_event: Any) -> None:
            study = self._study
            if study is not None:
                self._do(lambda: act(study))

        button = pn.widgets.Button(label=label, disabled=True, **BUTTON)
        button.on_click(clicked)
        return button

    def _trial(self, study: Study) -> Trial:
        return next(one for one in study.trials if one.number == self._numbers[0])

    def _apply(self, study: Study, *, only_common: bool = False) -> None:
        trial = self._trial(study)
        try:
            config = study.apply(
                trial.config, only_common=only_common, source=f"trial {trial.number}"
            )
        except SpaceError:
            # What fits may still be taken over: the choice is the user's.
            fit = study.fit(trial.config)
            self._buttons["Apply common"].param.update(visible=bool(fit.common), disabled=False)
            raise
        self._buttons["Apply common"].visible = False
        self._told(config)

    def _told(self, config: dict[str, Any]) -> None:
        values = ", ".join(f"{name} = {value}" for name, value in config.items())
        self._text.object = f"Current now: {values}"

    def _write(self, study: Study) -> None:
        if self._to_code is not None:
            self._to_code(self._trial(study).config)

    def _compare(self, study: Study) -> None:
        data = study.data()
        moves = what_moved_the_score(changes_of(data.trials), _N_MOVES)
        found = compare_trials(data, self._numbers[:_MOST])
        self._comparison.show_comparison(found, moves, study.metric)

    def __panel__(self) -> pn.viewable.Viewable:
        buttons = pn.Row(*self._buttons.values(), css_classes=["tb-buttons"], **BOX)
        return pn.Column(self._text, buttons, **BOX)


def _words(numbers: Sequence[int]) -> str:
    if not numbers:
        return _HINT
    if len(numbers) == 1:
        return f"Trial {numbers[0]} is selected."
    return f"{len(numbers)} trials are selected; the buttons but Compare act on trial {numbers[0]}."
