"""What can be done with the selected trials: run near them, mark, promote, export, let vote."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..engine.analysis.around import configs_around
from ..engine.errors import TuneboardError
from ..engine.interchange.table import export_csv
from ..engine.marks import NO_MARKS
from ..engine.objective.voting import VotingModel
from ..engine.study import Study
from ..engine.trial import Trial
from .axis import value_text
from .background import Background

MOST_MARKED = 500
_VOTING = "voting"


class TrialActions:
    """Acts on the selected trials; each step is recorded with the study, and said in words.

    Parameters
    ----------
    study : callable
        Gives the study on the page.
    selected : callable
        Gives the selected trials.
    say : callable
        Told what was done, or why nothing was.
    """

    def __init__(
        self,
        study: Callable[[], Study],
        selected: Callable[[], Sequence[Trial]],
        say: Callable[[str], None],
    ) -> None:
        self._study, self._selected, self._say = study, selected, say
        self._background = Background()
        self.voting: VotingModel | None = None

    def enqueue_around(self, n: int) -> None:
        """Run so many new configurations near the selected trials next."""

        def enqueue() -> str:
            study, chosen = self._study(), self._selected()
            # The same selection at the same time gives the same configurations again.
            rng = np.random.default_rng([study.settings.seed, len(study.trials), n])
            configs = configs_around(study.space.version, chosen, n, rng)
            study.enqueue(configs)
            return f"{_count(len(configs), 'configuration')} around {_named(chosen)} run next"

        self._act(enqueue)

    def promote(self) -> None:
        """Run the selected configurations next, with all of the resource."""

        def promote() -> str:
            chosen = [one for one in self._selected() if self._has_less(one)]
            if not chosen:
                return ""
            configs = list({repr(one.config): one.config for one in chosen}.values())
            self._study().enqueue(configs)
            return f"{_named(chosen)} run again next, with all of the resource"

        if not any(self._has_less(one) for one in self._selected()):
            self._say("The selected trials have had all of the resource already.")
            return
        self._act(promote)

    def star(self) -> None:
        """Star the selected trials, or take the stars away where all have one."""
        marks = self._study().marks()
        has_all = all(marks.get(one.number, NO_MARKS).is_starred for one in self._selected())
        word = "no longer starred" if has_all else "starred"
        self._mark_all(lambda _number: {"is_starred": not has_all}, word)

    def tag(self, tag: str) -> None:
        """Add a tag to the selected trials."""
        marks = self._study().marks()
        self._mark_all(
            lambda number: {"tags": [*marks.get(number, NO_MARKS).tags, tag]}, f"tagged {tag}"
        )

    def annotate(self, note: str) -> None:
        """Write a note on each of the selected trials."""
        self._mark_all(lambda _number: {"note": note}, f"noted {note!r}")

    def csv(self) -> io.StringIO:
        """Return the selected trials as a table."""
        numbers = {one.number for one in self._selected()}
        data = self._study().data()
        kept = tuple(one for one in data.trials if one.number in numbers)
        with tempfile.TemporaryDirectory() as folder:
            path = export_csv(replace(data, trials=kept), Path(folder) / "trials.csv")
            return io.StringIO(path.read_text(encoding="utf-8"))

    def vote(self) -> None:
        """Fit the selected trials as one model, in the background; `poll` tells the outcome."""
        study, numbers = self._study(), [one.number for one in self._selected()]
        self._say(f"Fitting {_count(len(numbers), 'model')} that vote.")

        def fit() -> VotingModel | str:
            try:
                return study.voting_model(numbers)
            except TuneboardError as error:
                return str(error)

        self._background.submit(fit, _VOTING, is_asked=True)

    def poll(self) -> bool:
        """Take in what was computed meanwhile; whether there is something new."""
        outcome = self._background.take(_VOTING)
        if outcome is None:
            return False
        if isinstance(outcome, str):
            self._say(outcome)
            return True
        self.voting = outcome
        scores = ", ".join(f"{name} {value_text(one, 5)}" for name, one in outcome.scores.items())
        where = "on rows that no trial has seen" if outcome.is_held_out else "cross-validated"
        kind = type(outcome.model).__name__
        code = f"study.voting_model({list(outcome.trials)}).model"
        self._say(f"{kind} of {len(outcome.trials)} trials: {scores} {where}. In Python: {code}")
        return True

    def _has_less(self, trial: Trial) -> bool:
        fidelity = self._study().settings.fidelity
        return (
            fidelity is not None
            and trial.fidelity is not None
            and trial.fidelity < fidelity.rungs[-1]
        )

    def _mark_all(self, changes: Callable[[int], dict[str, object]], word: str) -> None:
        chosen = self._selected()
        if len(chosen) > MOST_MARKED:
            self._say(f"Select at most {MOST_MARKED} trials for that, not {len(chosen):,}.")
            return

        def mark() -> str:
            for trial in chosen:
                self._study().mark(trial.number, **changes(trial.number))
            return f"{_named(chosen)} {word}"

        self._act(mark)

    def _act(self, act: Callable[[], str]) -> None:
        try:
            words = act()
            self._study().note("steer", text=words)
        except TuneboardError as error:
            self._say(str(error))
        else:
            self._say(f"{words}.")


def _named(trials: Sequence[Trial]) -> str:
    numbers = [str(one.number) for one in trials]
    if len(numbers) > 3:
        return f"{len(numbers)} trials"
    return f"{'trial' if len(numbers) == 1 else 'trials'} {', '.join(numbers)}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
