from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tuneboard.dashboard.orders import Orders
from tuneboard.dashboard.study_control import StudyControl, is_elsewhere
from tuneboard.engine.errors import SpaceError, StudyError
from tuneboard.engine.study import Study, StudyState


@pytest.fixture
def orders() -> Orders:
    return Orders()


@pytest.fixture
def control(orders: Orders) -> StudyControl:
    return StudyControl(orders)


def done(orders: Orders) -> bool:
    orders.poll()
    return not orders.words


def of_x(**settings: Any) -> Study:
    def objective(config: Any) -> float:
        return float(-(config["x"] ** 2))

    given = {"space": {"x": (-1.0, 1.0)}, "n_trials": 3, "n_workers": 1, "history": False}
    return Study(objective, **{**given, **settings})


def test_orders_are_done_one_after_the_other_and_none_is_dropped(
    orders: Orders, until: Callable[..., None]
) -> None:
    told: list[int] = []
    for number in range(5):
        orders.give("Counting.", lambda number=number: number, told.append)
    assert orders.words == "Counting."
    until(lambda: done(orders))
    assert told == [0, 1, 2, 3, 4]


def test_an_order_that_is_refused_is_told_once_and_the_next_is_done(
    orders: Orders, until: Callable[..., None]
) -> None:
    def refuse() -> None:
        message = "The study refuses."
        raise StudyError(message)

    told: list[None] = []
    orders.give("First.", refuse)
    orders.give("Second.", lambda: None, told.append)
    with pytest.raises(StudyError, match="The study refuses"):
        until(lambda: done(orders))
    until(lambda: done(orders))
    assert told == [None]


def test_a_study_of_another_process_is_steered_through_the_store(
    control: StudyControl, orders: Orders, elsewhere: Study, until: Callable[..., None]
) -> None:
    elsewhere.refresh()
    assert is_elsewhere(elsewhere)

    control.tell(elsewhere, "change", n_trials=400, patience=300)
    assert "Asking the process that runs it to change" in orders.words
    until(lambda: done(orders))
    assert (elsewhere.settings.n_trials, elsewhere.settings.patience) == (400, 300)

    control.tell(elsewhere, "pause")
    until(lambda: done(orders))
    assert elsewhere.state is StudyState.PAUSED
    assert "Paused. Running trials finish. Being run by process" in elsewhere.message

    control.resume(elsewhere)
    until(lambda: done(orders))
    assert elsewhere.state is StudyState.RUNNING
    assert control.enqueue(elsewhere, {"x": 0.125}) == 1
    until(lambda: elsewhere.refresh() or 0.125 in [one.config["x"] for one in elsewhere.trials])

    control.tell(elsewhere, "kill", number=9999)
    with pytest.raises(StudyError, match="kill must be given a running trial, not 9999"):
        until(lambda: done(orders))

    control.tell(elsewhere, "stop")
    until(lambda: done(orders))
    until(lambda: elsewhere.refresh() or elsewhere.state is StudyState.STOPPED)


def test_what_is_put_in_line_before_the_start_runs_first(control: StudyControl) -> None:
    draft = of_x()
    with pytest.raises(SpaceError, match=r"Study.enqueue\[row 2\].x must be a number from -1 to 1"):
        control.enqueue(draft, [{"x": 0.5}, {"x": 2.0}])
    assert control.enqueue(draft, [{"x": 0.5}, {"x": 0.25}]) == 2

    study = of_x()
    control.start(study)
    study.wait(60)

    assert [one.config["x"] for one in study.trials][:2] == [0.5, 0.25]
    assert [one.provenance.optimizer for one in study.trials].count("user") == 2


def test_what_was_put_in_line_for_a_dropped_draft_does_not_run(control: StudyControl) -> None:
    control.enqueue(of_x(), {"x": 0.5})
    control.forget()
    study = of_x()
    control.start(study)
    study.wait(60)
    assert 0.5 not in [one.config["x"] for one in study.trials]


def test_an_unreachable_scheduler_is_told_and_the_study_does_not_start(
    control: StudyControl, orders: Orders, until: Callable[..., None]
) -> None:
    control.address = "tcp://127.0.0.1:9"
    study = of_x()
    control.start(study)
    assert orders.words == "Connecting to the Dask scheduler at tcp://127.0.0.1:9."
    with pytest.raises(StudyError, match="The Dask scheduler at 'tcp://127.0.0.1:9' cannot be"):
        until(lambda: done(orders))
    assert study.state is StudyState.READY


def test_a_study_starts_on_the_cluster_at_an_address(
    control: StudyControl, orders: Orders, until: Callable[..., None]
) -> None:
    distributed = pytest.importorskip("distributed")
    threads: list[int] = []
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp://",
        dashboard_address=None,
    ) as cluster:
        control.look_at(cluster.scheduler_address, threads.append)
        until(lambda: done(orders))
        assert threads == [2]

        control.address = cluster.scheduler_address
        study = of_x(n_trials=4)
        started: list[bool] = []
        control.start(study, lambda: started.append(True))
        until(lambda: done(orders))
        study.wait(60)

    assert started == [True]
    assert study.state is StudyState.FINISHED
    assert len(study.trials) == 4
