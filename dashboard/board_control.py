"""The control of the study on the page: its options, its orders and the area that shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.errors import TuneboardError
from ..engine.progress import count_of
from ..engine.settings import Settings
from ..engine.study import Study, StudyState
from .control_area import ControlArea, Wishes
from .cost_line import CostLine
from .orders import Orders
from .run_options import RunOptions
from .study_control import StudyControl


class BoardControl:
    """Carries out what the user wants of the study on the page.

    Parameters
    ----------
    study : function
        Returns the study on the page.
    say : function
        Told what has been refused, in words; empty once something has been done.
    on_cluster : function
        Told how many trials a cluster can run at once, when one has been found.
    options : dict
        What the board was given of the options; see `RunOptions`.
    """

    def __init__(
        self,
        study: Callable[[], Study],
        say: Callable[[str], None],
        on_cluster: Callable[[int], None],
        options: dict[str, Any],
    ) -> None:
        self._study, self._say, self._on_cluster = study, say, on_cluster
        self.options = RunOptions(**options)
        self._orders = Orders()
        self._control = StudyControl(self._orders)
        self._cost = CostLine()
        self.area = ControlArea(
            self.options,
            Wishes(
                place=self._choose_place,
                enqueue=self._enqueue,
                values=lambda: self._study().space.config,
                kill=lambda number: self._attempt(lambda: self.tell("kill", number=number)),
                estimate=lambda: self._control.estimate(self._study(), self._estimated),
            ),
        )

    @property
    def doing(self) -> str:
        """What is being done beside the page; empty where nothing is."""
        return self._orders.words

    @property
    def cost(self) -> str:
        """What is still to run, and what is set beside algorithm and budget."""
        cost, options = self._cost.text, self.options.words()
        return ". ".join(part for part in (cost, options and f"Set: {options}") if part)

    def poll(self) -> None:
        """Take in what has been done beside the page."""
        self._attempt(self._orders.poll)
        self._cost.follow(self._study())
        self.area.follow(self._study())

    def show(self, settings: Settings) -> None:
        """Show the settings of a study."""
        self.options.set_to(settings)

    def start(self, then: Callable[[], None]) -> None:
        """Start the study; `then` is called once it runs."""
        self._control.start(self._study(), then)

    def resume(self) -> None:
        """Go on with the study."""
        self._control.resume(self._study())

    def tell(self, what: str, **detail: Any) -> None:
        """Do something with the running study, or ask the process that runs it to."""
        self._control.tell(self._study(), what, **detail)

    def forget(self) -> None:
        """Drop what was put in line for a study that is not to be started."""
        self._control.forget()

    def _attempt(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except TuneboardError as error:
            self._say(str(error))

    def _choose_place(self, address: str) -> None:
        self._control.address = address
        if address:
            self._control.look_at(address, self._found)

    def _found(self, n_threads: int) -> None:
        if self.area.place is not None:
            trials = count_of(n_threads, "trial")
            self.area.place.say(f"Found: it can run {trials} at once.")
        self._say("")
        if n_threads:
            self._on_cluster(n_threads)

    def _enqueue(self, configs: Any) -> str:
        study = self._study()
        try:
            n_configs = self._control.enqueue(study, configs)
        except TuneboardError as error:
            return str(error)
        said = f"{count_of(n_configs, 'configuration')} in line"
        if study.state is StudyState.READY:
            return f"{said}, to run first once the study starts."
        left = study.settings.n_trials - len(study.trials)
        if left < n_configs:
            return f"{said}; raise the number of trials to run all of them."
        return f"{said}, to run next."

    def _estimated(self, scores: dict[str, float]) -> None:
        if self.area.final is not None:
            self.area.final.tell(self._study().best_trial.number, scores)
