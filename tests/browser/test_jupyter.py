"""The board beside the cells of a notebook, in real JupyterLab and Notebook 7 servers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from .jupyter_process import Jupyter
from .notebook_page import NotebookPage

DATA = """from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
X, y = load_wine(return_X_y=True)"""
MODEL = """model = RandomForestClassifier(
    n_estimators=10,  # mine
    max_depth=4,
)"""
BOARD = """from tuneboard import TuningDashboard
board = TuningDashboard(model, X, y, n_trials=6, folds=2)
board.beside()"""
PRINTS = """import time
for number in range(150):
    print("line", number)
    time.sleep(0.02)"""
# Extensions of other packages in the environment of the tests, Notebook 7.6 itself, and the end
# of a kernel.
EXPECTED = [
    r"reading 'schema'",
    r"jupyter-widgets/base doesn't exist",
    r"Comm not found for comm id",
    r"WebSocket|ERR_CONNECTION|Failed to load resource|404",
    r"Kernel|kernel|Canceled",
]


@pytest.fixture(scope="module", params=["lab", "notebook"])
def jupyter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    one = Jupyter(tmp_path_factory.mktemp(request.param), request.param)
    try:
        one.start()
        yield one
    finally:
        one.close()


@pytest.fixture
def open_notebook(
    context: BrowserContext, jupyter: Jupyter, allowed_errors: list[str]
) -> Callable[..., NotebookPage]:
    allowed_errors += EXPECTED

    def opened(name: str, *cells: str) -> NotebookPage:
        url = jupyter.write(name, *cells)
        tab = context.new_page()
        tab.set_viewport_size({"width": 1700, "height": 950})
        return NotebookPage(tab).open(url)

    return opened


def test_tune_apply_undo_follow_conflict_and_restart(
    open_notebook: Callable[..., NotebookPage], jupyter: Jupyter
) -> None:
    page = open_notebook("whole.ipynb", DATA, MODEL, BOARD, PRINTS)
    for number in range(3):
        page.run(number)
    page.wait_for("model: 2 values set in its cell.")

    # Tune, and watch it live while a cell prints: nothing that it prints is lost.
    page.press("Start")
    page.run(3)
    expect(page.output(3)).to_contain_text("line 149")
    printed = re.findall(r"line (\d+)", page.output(3).inner_text())
    assert printed == [str(number) for number in range(150)]
    expect(page.side.locator(".tb-state")).to_have_text("finished", timeout=90_000)
    page.press("Trials")
    expect(page.side.locator(".slick-row").first).to_be_visible()

    # Apply the best; the difference first, then the editor's text.
    page.press("Use best values")
    expect(page.side.locator(".tb-diff .comes").first).to_be_visible()
    expect(page.cell(1)).to_contain_text("max_depth=4,")
    page.press("Write to cell")
    best = page.field("value of max_depth").input_value()
    expect(page.cell(1)).to_contain_text(f"max_depth={best},")
    expect(page.cell(1)).to_contain_text("# mine")
    page.undo(1)
    expect(page.cell(1)).to_contain_text("max_depth=4,")

    # Edit the cell; the page follows, comments and new hyper-parameters included.
    expect(page.field("value of max_depth")).to_have_value("4")
    edited = MODEL.replace("max_depth=4,", "max_depth=9,  # tune: 2..11")
    page.rewrite(1, edited)
    expect(page.field("value of max_depth")).to_have_value("9", timeout=5000)
    expect(page.field("high of max_depth")).to_have_value("11")

    # A conflict is shown, and nothing is written over.
    page.fill("value of max_depth", 5)
    expect(page.side.locator(".tb-diff .comes").first).to_be_visible()
    page.rewrite(1, edited.replace("=9", "=3"))
    page.wait_for("max_depth: 5 in the list, 3 in the cell.")
    page.press("Take the cell's")
    expect(page.field("value of max_depth")).to_have_value("3")

    # A restart is told, and the board can be opened anew.
    page.restart_kernel()
    expect(page.notice).to_contain_text("The kernel was restarted")
    page.notice.get_by_role("button", name="Open again").click()
    page.wait_for("No variable holds an estimator")


def test_opened_without_arguments_it_asks_and_reopened_it_has_kept_its_state(
    open_notebook: Callable[..., NotebookPage],
) -> None:
    page = open_notebook("asked.ipynb", DATA, MODEL)
    page.run(0)
    page.run(1)
    page.open_board()
    page.wait_for("What is to be tuned?")
    page.press("Open the board")
    page.wait_for("model: 2 values set in its cell.")
    page.fill("high of max_depth", 7)
    # The kernel has heard of it.
    expect(page.side.get_by_role("button", name=re.compile("^Undo:"))).to_be_visible()
    page.tab.reload()
    expect(page.cell(0)).to_be_visible(timeout=90_000)
    page.open_board()
    expect(page.field("high of max_depth")).to_have_value("7", timeout=90_000)
    page.fill("value of max_depth", 6)
    expect(page.side.get_by_role("button", name="Write to cell")).to_be_visible()
