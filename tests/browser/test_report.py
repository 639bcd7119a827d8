"""The report in a browser that has no network: brushing works in one file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tuneboard.engine import Choice, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study

from .board_page import BoardPage

N_TRIALS = 80
SELECTED = "() => lookInto.selected()"
HIGHLIGHTED = """() => Bokeh.documents[0].roots().flatMap((root) => {
  const view = Bokeh.index.find_one(root);
  if (root.type != "Figure") return [];
  return root.renderers
    .filter((one) => ["points", "lines", "strip"].includes(one.name) && one.visible)
    .map((one) => {
      const drawn = view.views.find_one(one);
      const at = one.data_source.selected.indices;
      const rows = new Set([...drawn.all_indices]);
      return [one.name, at.filter((row) => rows.has(row)).length, drawn.selection_glyph != null];
    });
})"""


class Space(SearchSpace):
    rate = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Real(3.0, bounds=(1.0, 9.0))
    shape = Choice("round", choices=["round", "<img src=x onerror=alert(1)>"])


def _score(config: dict[str, Any]) -> float:
    if config["depth"] > 7.5:
        raise ValueError("<script>alert('deep')</script>")
    return float(math.log10(config["rate"]) - abs(config["depth"] - 4) / 40)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of a finished study."""
    given: dict[str, Any] = {"n_trials": N_TRIALS, "seed": 3, "optimizer": "random"}
    study = Study(_score, space=Space(), name="brushed <b>🙂</b>", history=False, **given)
    study.run(InProcess(), show_progress=False)
    return study.report(tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture
def report(browser: Browser, file: Path) -> Iterator[BoardPage]:
    """Open the report where nothing can be asked of any machine; an error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    tab: Page = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: wrong.append(dialog.message))
    tab.on("request", lambda asked: wrong.append(asked.url) if asked.url != file.as_uri() else None)
    yield BoardPage(tab).open(file.as_uri())
    context.close()
    assert not [one for one in wrong if not one.startswith(("data:", "blob:"))]


def test_a_box_in_one_plot_highlights_the_same_trials_in_all_plots_and_in_the_table(
    report: BoardPage,
) -> None:
    box = (0.05, 0.02, 0.45, 0.98)
    expected = report.inside("depth", *box)
    assert 5 < len(expected) < N_TRIALS - 5
    report.drag("depth", *box)

    report.tab.wait_for_function("() => lookInto.selected().length > 0")
    selected = report.look("selected")
    assert set(expected) <= set(selected)
    counts = report.tab.evaluate(HIGHLIGHTED)
    assert {name for name, _n, _look in counts} == {"points", "lines", "strip"}
    assert len(counts) >= 4 + 3 + 3
    assert all(n == len(selected) and has_look for _name, n, has_look in counts)
    in_sight = report.look("tableRows")
    assert len(in_sight) > 5
    assert all(is_marked == (number in selected) for number, is_marked in in_sight)
    words = report.tab.locator("#selection")
    expect(words).to_contain_text(f"{len(selected)} of {N_TRIALS} trials selected, best score -")


def test_a_row_of_the_table_and_a_finding_select_and_the_selection_is_cleared(
    report: BoardPage,
) -> None:
    cell = report.tab.locator(".slick-row .slick-cell.l0").first
    cell.scroll_into_view_if_needed()
    cell.click()
    report.tab.wait_for_function("() => lookInto.selected().length === 1")
    find = report.tab.locator("button[data-trials]:not([data-trials=''])").first
    wanted = sorted(map(int, (find.get_attribute("data-trials") or "").split()))
    find.click()
    report.tab.wait_for_function("(n) => lookInto.selected().length === n", arg=len(wanted))
    assert report.look("selected") == wanted
    report.press("Clear selection")
    report.tab.wait_for_function("() => lookInto.selected().length === 0")


def test_what_was_typed_stands_there_as_text(report: BoardPage) -> None:
    expect(report.tab.locator("h1")).to_have_text("brushed <b>🙂</b>")
    expect(report.tab.locator("img")).to_have_count(0)
