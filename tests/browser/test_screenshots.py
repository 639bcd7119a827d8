"""The pictures of the README and the documentation: TUNEBOARD_SCREENSHOTS=1 writes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from tuneboard.engine import OneOf, Real, SearchSpace
from tuneboard.engine.dataset import load_bundled
from tuneboard.engine.executors import InProcess
from tuneboard.engine.problem import Problem
from tuneboard.engine.study import Study

from . import planted
from .board_page import BoardPage
from .server_process import ROOT, Server

N_TRIALS = 40
MAX_BYTES = 120_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where pictures go: into the repository only when that is asked for."""
    return ROOT / "docs" / "screenshots" if os.environ.get("TUNEBOARD_SCREENSHOTS") else tmp_path


@pytest.fixture
def finished(server: Server) -> str:
    """Return the id of a finished study of breast cancer with a support vector machine."""
    problem = Problem(load_bundled("breast_cancer"), "svc")
    settings: dict[str, Any] = {"n_trials": N_TRIALS, "folds": 3, "n_workers": 2, "seed": 4}
    known = [one for one in server.studies() if one.name == problem.title]
    if known:
        return known[0].id
    study = Study(
        problem.estimator(seed=4),
        problem.dataset.X,
        problem.dataset.y,
        optimizer="evolutionary",
        name=problem.title,
        history=server.history,
        origin=problem.to_dict(),
        **settings,
    )
    return study.run().id


class Space(SearchSpace):
    rate = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Real(3.0, bounds=(1.0, 9.0))


def _fail(config: dict[str, Any]) -> float:
    message = f"the solver diverged at a rate of {config['rate']:.3g}"
    raise FloatingPointError(message)


def test_pictures_of_a_finished_study_with_a_brush(
    open_board: Callable[..., BoardPage], finished: str, folder: Path
) -> None:
    board = open_board(finished)
    _show_all(board)
    board.drag("svc__C", 0.55, 0.03, 0.85, 0.6)
    expect(board.selection_words).to_be_visible()
    _take(board, folder / "board.png")
    board.press("Dark")
    board.tab.wait_for_function("() => Math.max(...faults.background()) < 60")
    _take(board, folder / "board-dark.png", is_dark=True)


def test_picture_of_a_wide_window(
    open_board: Callable[..., BoardPage], finished: str, folder: Path
) -> None:
    board = open_board(finished)
    _show_all(board)
    _take(board, folder / "wide.png", width=1920, height=1080)


def test_picture_of_one_space_of_several_models(
    open_board: Callable[..., BoardPage], server: Server, folder: Path
) -> None:
    forest = RandomForestClassifier(n_estimators=15)
    model = OneOf(svc=SVC(), forest=forest, neighbours=KNeighborsClassifier())
    space = SearchSpace.from_estimator(model)
    space.constrain("svc__C * svc__gamma < 10")
    study = Study(
        model,
        *load_wine(return_X_y=True),
        space=space,
        optimizer="sequential",
        n_trials=N_TRIALS,
        folds=3,
        name="Wine · three models",
        history=server.history,
    )
    board = open_board(study.run(InProcess()).id)
    _show_all(board)
    _take(board, folder / "models.png", width=1280, height=1200)


def test_picture_of_the_first_visit(open_board: Callable[..., BoardPage], folder: Path) -> None:
    _take(open_board(), folder / "empty.png")


def test_picture_of_a_study_whose_trials_all_failed(
    open_board: Callable[..., BoardPage], server: Server, folder: Path
) -> None:
    settings: dict[str, Any] = {"n_trials": 8, "history": server.history, "name": "always fails"}
    study = Study(_fail, space=Space(), **settings).run(InProcess())
    board = open_board(study.id)
    board.wait_for_trials(8)
    expect(board.tab.get_by_text("All 8 trials failed.").first).to_be_visible()
    expect(board.counts).to_contain_text("8 failed")
    assert all("diverged" in row["error"] for row in board.trials().values())
    _take(board, folder / "failed.png")


VIEWS: dict[str, tuple[str, Callable[[Server], str]]] = {
    "curves": ("Curves", planted.curves),
    "lineage": ("Lineage", planted.evolved),
    "model": ("Model", planted.modelled),
    "rungs": ("Rungs", planted.rungs),
    "coverage": ("Coverage", planted.evolved),
    "compare": ("Comparison", planted.compared),
    "trade-off": ("Trade-off", planted.measured),
    "trial": ("One trial", planted.stored),
    "trials": ("Trials", planted.stored),
    "parallel": ("Parallel", planted.evolved),
    "ranges": ("Ranges", planted.evolved),
    "landscape": ("Landscape", planted.evolved),
    "workers": ("Workers", planted.measured),
}


@pytest.mark.parametrize("name", VIEWS)
def test_picture_of_each_view(
    name: str, open_board: Callable[..., BoardPage], server: Server, folder: Path
) -> None:
    title, study = VIEWS[name]
    board = open_board(study(server))
    board.tab.set_viewport_size({"width": 1280, "height": 1000})
    board.wait_for_trials(1)
    board.press(title)
    chosen = board.tab.locator(".tb-chosen").get_by_role("button", name=title, exact=True)
    expect(chosen).to_be_visible()
    if name == "trial":
        board.press("Examine: predictions, examples, more rows")
        expect(board.tab.get_by_text("Confusions:")).to_be_visible(timeout=60_000)
    if name == "compare":
        board.choose("A line per", "algorithm")
        others = board.tab.get_by_label("Compare with").locator("option")
        expect(others.first).to_be_attached()
        names = [one.inner_text() for one in others.all()]
        wanted = [one for one in names if "bred" in one or "random" in one]
        board.tab.get_by_label("Compare with").select_option(label=wanted)
    _take_card(board, title, folder / f"view-{name}.png")


def _take_card(board: BoardPage, title: str, path: Path) -> None:
    """Take a picture of the card that a view is in, when it has been filled."""
    board.tab.mouse.move(2, 2)  # no hover
    card = board.tab.locator(".tb-card").filter(has=board.button(title)).last
    board.tab.wait_for_timeout(2500)  # what is computed comes when the others have been
    card.screenshot(path=path)
    _shrink(path)
    picture = Image.open(path).convert("RGB")
    assert picture.width > 600
    assert len(picture.getcolors(maxcolors=1 << 24) or []) > 20
    assert path.stat().st_size < MAX_BYTES


def _shrink(path: Path) -> None:
    """Write a picture with a palette of its own: a quarter of the bytes, the same to the eye."""
    picture = Image.open(path).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def _show_all(board: BoardPage) -> None:
    board.wait_for_trials(N_TRIALS)
    board.tab.wait_for_function("() => lookInto.ranking().length >= 2")


def _take(
    board: BoardPage, path: Path, *, width: int = 1280, height: int = 1000, is_dark: bool = False
) -> None:
    """Take a picture of the window and check that it is neither blank nor of the wrong mode."""
    board.tab.set_viewport_size({"width": width, "height": height})
    board.tab.mouse.move(2, 2)  # no hover
    board.tab.evaluate("() => scrollTo(0, 0)")
    board.tab.wait_for_function("() => lookInto.ready() && faults.fills()")
    board.tab.wait_for_timeout(500)  # Bokeh draws in its next frames
    board.tab.screenshot(path=path)
    picture = Image.open(path).convert("RGB")
    assert picture.size == (width, height)
    colors = picture.getcolors(maxcolors=1 << 24) or []
    n_most, most = max(colors)
    assert len(colors) > 200
    assert n_most < 0.8 * width * height
    assert (max(most) < 80) == is_dark
    for left in (0, width // 2):
        half = picture.crop((left, 0, left + width // 2, height))
        assert len(half.getcolors(maxcolors=1 << 24) or []) > 50
    _shrink(path)
    assert path.stat().st_size < MAX_BYTES
