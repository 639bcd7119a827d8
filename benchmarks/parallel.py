"""How fast parallel coordinates are brushed: 35,000 trials x 6 against 2,000, in the same run.

A brush counts from letting the mouse go until the trials are selected and two frames are drawn.
What it has selected is compared with the same filter on all trials.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from first_plots import FLAGS, N_PLOTS, PAINTED, SIZE, free_port, seconds_to, serving
from playwright.sync_api import Browser, Page, sync_playwright
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

LOW, HIGH = 0.4, 0.6
RAIL = """() => {
  const models = Bokeh.documents.flatMap((one) => [...one._all_models.values()]);
  const figure = models.find((one) => one.type == 'Figure'
    && one.renderers.some((mark) => mark.name == 'handles') && Bokeh.index.find_one(one));
  if (!figure) return null;
  const view = Bokeh.index.find_one(figure);
  view.el.scrollIntoView({block: 'center'});
  const box = view.el.getBoundingClientRect();
  const {x_scale, y_scale} = view.frame;
  return [box.x + x_scale.compute(0), box.y + y_scale.compute(0), box.y + y_scale.compute(1)];
}"""
SELECTED = """() => {
  const models = Bokeh.documents.flatMap((one) => [...one._all_models.values()]);
  const source = models.find((one) => one.type == 'ColumnDataSource' && one.data.incumbent);
  return source.selected.indices.length;
}"""
ENDS = """() => {
  const models = Bokeh.documents.flatMap((one) => [...one._all_models.values()]);
  const source = models.find((one) => one.type == 'ColumnDataSource' && one.data.incumbent);
  const values = source.selected.indices.map((row) => source.data['x:share'][row]);
  return [Math.min(...values), Math.max(...values)];
}"""
FRAMES = "() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok)))"


class Space(SearchSpace):
    """Six hyper-parameters of all kinds."""

    share = Real(0.5, bounds=(0.0, 1.0))
    rate = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Int(3, bounds=(1, 30))
    width = Int(32, bounds=(4, 512), log=True)
    momentum = Real(0.5, bounds=(0.0, 0.99))
    solver = Choice("sgd", choices=["sgd", "adam", "rmsprop"])


def score(config: dict[str, Any]) -> float:
    """Give scores with some structure."""
    return 1 - (config["share"] - 0.6) ** 2 + config["momentum"] / 9


def store(place: Path, n_trials: int) -> str:
    """Store a study and return its id."""
    settings: dict[str, Any] = {"optimizer": "random", "n_trials": n_trials, "history": place}
    return Study(score, space=Space(), **settings).run(InProcess(), show_progress=False).id


def open_parallel(browser: Browser, url: str) -> Page:
    """Open a study and wait until its parallel coordinates are drawn."""
    page = browser.new_page(viewport=SIZE)
    page.set_default_timeout(180_000)
    seconds_to(page, url, PAINTED, N_PLOTS - 2)
    page.wait_for_timeout(10_000)
    page.get_by_role("button", name="Parallel", exact=True).click()
    page.wait_for_function(RAIL)
    page.wait_for_timeout(6_000)
    return page


def brush(page: Page) -> tuple[float, int]:
    """Brush the middle of the first axis; return the seconds and how many trials are selected."""
    page.keyboard.press("Escape")
    page.wait_for_timeout(1_500)
    x, bottom, top = page.evaluate(RAIL)
    heights = [bottom + share * (top - bottom) for share in (LOW, HIGH)]
    page.mouse.move(x - 6, heights[0])
    page.mouse.down()
    page.mouse.move(x + 6, heights[1], steps=4)
    began = time.perf_counter()
    page.mouse.up()
    page.wait_for_function(f"() => ({SELECTED})() > 0", polling=20, timeout=60_000)
    page.evaluate(FRAMES)
    seconds = time.perf_counter() - began
    return seconds, int(page.evaluate(SELECTED))


def measure(browser: Browser, url: str, history: History, study_id: str, runs: int) -> float:
    """Print and return the median time of a brush."""
    trials = history.trials(study_id)[0]
    page = open_parallel(browser, f"{url}?study={study_id}")
    times, counts = zip(*(brush(page) for _ in range(runs + 1)), strict=True)
    lowest, highest = page.evaluate(ENDS)
    page.close()
    middle = statistics.median(times[1:])
    values = [one.config["share"] for one in trials]
    n_inside = sum(lowest <= one <= highest for one in values)
    print(
        f"{len(trials):,} trials: median {middle:.2f} s, {min(times[1:]):.2f} to "
        f"{max(times[1:]):.2f}; selected {counts[-1]:,}, all {n_inside:,} of the trials between "
        f"{lowest:.3f} and {highest:.3f}"
    )
    return middle


def main() -> None:
    """Print the times of both studies and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--trials", type=int, default=35_000)
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp()) / "history.db"
    studies = [store(place, 2_000), store(place, options.trials)]
    port = free_port()
    url = f"http://127.0.0.1:{port}/dashboard"
    command = [sys.executable, "-m", "panel", "serve", "dashboard", "--port", str(port)]
    with (
        serving([*command, "--address", "127.0.0.1"], url, TUNEBOARD_HISTORY=str(place)),
        sync_playwright() as playwright,
    ):
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS.split())
        few, many = (measure(browser, url, History(place), one, options.runs) for one in studies)
        print(f"ratio of the two: {many / few:.2f}")
        browser.close()


if __name__ == "__main__":
    main()
