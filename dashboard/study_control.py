"""What the user does to a running study: here, or by asking the process that runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.enqueued import read_configs
from ..engine.executors.dask_cluster import DaskWorkers
from ..engine.study import Study
from .orders import Orders


class StudyControl:
    """Gives a study its orders, and keeps what is to be done once it starts.

    A study of this process obeys at once. One that another process runs is asked through the
    store, and one that starts on a cluster waits for the connection: both beside the page.

    Parameters
    ----------
    orders : Orders
        Where what takes time is done.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self.address = ""
        self._enqueued: list[Any] = []

    def start(self, study: Study, then: Callable[[], None] = lambda: None) -> None:
        """Start a study, or go on with one, where the page says; `then` is called after that."""
        for configs in self._enqueued:
            study.enqueue(configs)
        self._enqueued = []
        if not self.address:
            study.start()
            then()
            return
        address, n_workers = self.address, study.settings.n_workers
        self._orders.give(
            f"Connecting to the Dask scheduler at {address}.",
            lambda: _start_at(study, address, n_workers),
            lambda _study: then(),
        )

    def resume(self, study: Study) -> None:
        """Go on after a pause, a stop or an interruption."""
        if is_elsewhere(study):
            self.tell(study, "resume")
        elif study.is_running_here:
            study.resume()
        else:
            self.start(study)

    def tell(self, study: Study, what: str, **detail: Any) -> None:
        """Do `pause`, `stop`, `kill` or `change`, or have it done.

        Raises
        ------
        TuneboardError
            The study refuses; where another process does, `Orders.poll` tells it.
        """
        if not is_elsewhere(study):
            getattr(study, what)(**detail)
            return
        self._orders.give(
            f"Asking the process that runs it to {what}.",
            lambda: study.request(what, **detail),
            lambda _answer: study.refresh(),
        )

    def enqueue(self, study: Study, configs: Any) -> int:
        """Put configurations in line; those of a study that has not begun wait for its start.

        Raises
        ------
        SpaceError, DataError
            One of them does not fit; none is in line then.
        """
        if study.id or study.is_running_here:
            return study.enqueue(configs)
        read = read_configs(configs, study.space.version)
        self._enqueued.append(read)
        return len(read)

    def forget(self) -> None:
        """Drop what was put in line for a study that is not to be started."""
        self._enqueued = []

    def estimate(self, study: Study, then: Callable[[dict[str, float]], None]) -> None:
        """Score the best configuration on the rows held out."""
        self._orders.give("Fitting the best configuration.", study.final_estimate, then)

    def look_at(self, address: str, then: Callable[[int], None]) -> None:
        """Tell how many trials a cluster can run at once; what is wrong is told by the orders."""
        self._orders.give(f"Looking for {address}.", lambda: _n_threads(address), then)


def is_elsewhere(study: Study) -> bool:
    """Whether another process runs the study, as far as is known here."""
    return study.state.is_active and not study.is_running_here


def _start_at(study: Study, address: str, n_workers: int) -> Study:
    workers = DaskWorkers.at(address, n_workers)
    try:
        return study.start(workers)
    except BaseException:
        workers.close()
        raise


def _n_threads(address: str) -> int:
    workers = DaskWorkers.at(address)
    try:
        return workers.n_threads
    finally:
        workers.close()
