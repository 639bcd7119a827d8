"""A notebook with a board, served by Voila and by Panel: it renders and is live, offline."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from .jupyter_process import Jupyter

CELL = """from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from tuneboard import TuningDashboard
X, y = load_wine(return_X_y=True)
model = RandomForestClassifier(n_estimators=10)
board = TuningDashboard(model, X, y, n_trials=4, folds=2, history=False)
board.servable()"""
SLOW_MS = 90_000
EXPECTED = [
    r"favicon|404",
    # Voila's own template asks for icons of a network, and it loads extensions for JupyterLab.
    r"fortawesome|ERR_NAME_NOT_RESOLVED",
    r"Shared module @|getter for the shared module",
    r"Kernel|kernel",
]


@pytest.fixture(scope="module", params=["voila", "panel"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the address of the notebook."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with contextlib.closing(Jupyter(folder, request.param, has_extension=False)) as one:
        url = one.write("board.ipynb", CELL)
        one.start()
        yield url


def test_a_notebook_is_served_live_without_any_network(
    served: str, context: BrowserContext, allowed_errors: list[str]
) -> None:
    allowed_errors += EXPECTED
    tab = context.new_page()
    tab.goto(served, timeout=SLOW_MS)
    start = tab.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_visible(timeout=SLOW_MS)
    expect(tab.get_by_role("textbox", name="high of max_depth", exact=True)).to_have_value("30")
    start.click()
    expect(tab.locator(".tb-state")).to_have_text("finished", timeout=SLOW_MS)
    expect(tab.get_by_text("4 / 4 trials")).to_be_visible()
    tab.get_by_role("button", name="Trials", exact=True).click()
    expect(tab.locator(".slick-row")).to_have_count(4)
