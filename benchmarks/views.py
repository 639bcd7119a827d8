"""How fast the views are: first plots, brushes and new trials, beside peers in the same run.

Plots are timed in headless Chromium. A brush counts from letting the mouse go until all plots in
the window are painted, and is compared with bare Bokeh figures of 2,000 trials on one source.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy
from bokeh.embed import file_html
from bokeh.layouts import gridplot
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from bokeh.resources import INLINE
from first_plots import (
    FIRST_PLOT,
    FLAGS,
    N_PLOTS,
    PAINTED,
    PEER_PAINTED,
    SIZE,
    free_port,
    seconds_to,
    serving,
    store,
)
from playwright.sync_api import Browser, Page, sync_playwright
from throughput import suggest
from tuneboard.dashboard.state import BoardState
from tuneboard.dashboard.study_views import StudyViews
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

N_BARE = 2_000
# Each plot in the window tells when it was first painted after the mouse was let go.
LISTEN = """() => {
  const models = [...Bokeh.documents[0]._all_models.values()];
  const figures = models.filter((one) => one.type == 'Figure');
  const views = figures.map((one) => Bokeh.index.find_one(one)).filter((one) => one);
  const is_seen = ({el}) => {
    const {top, bottom, width} = el.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
  };
  const is_full = ({model}) => model.renderers.some(({glyph}) => glyph.type == 'Scatter');
  window.tb_views = views.filter((one) => is_seen(one) && is_full(one));
  window.tb_painted = new Map();
  for (const view of window.tb_views) {
    view.repainted.connect(() => {
      if (!window.tb_painted.has(view)) window.tb_painted.set(view, performance.now());
    });
  }
  const up = () => { window.tb_up = performance.now(); window.tb_painted.clear() };
  addEventListener("pointerup", up, true);
}"""
HIGHLIGHTED = """() => window.tb_painted.size == window.tb_views.length
  && (Math.max(...window.tb_painted.values()) - window.tb_up) / 1000"""
# The last frame that took longer than a screen's refresh ends what the page had to do.
REST = """() => new Promise((ok) => {
  let [last, end, n_quiet] = [performance.now(), performance.now(), 0];
  const step = () => {
    const now = performance.now();
    if (now - last > 40) { end = now; n_quiet = 0 } else n_quiet++;
    last = now;
    if (n_quiet < 20) requestAnimationFrame(step);
    else ok(Math.max(0, end - window.tb_up) / 1000);
  };
  requestAnimationFrame(step);
})"""
BARE_PLOT = """() => {
  const models = [...Bokeh.documents[0]._all_models.values()];
  const view = Bokeh.index.find_one(models.find((one) => one.type == 'Figure'));
  const box = view.el.getBoundingClientRect();
  const {left, top, width, height} = view.frame.bbox;
  return [box.x + left, box.y + top, width, height];
}"""


def brush(page: Page, where: str) -> float:
    """Drag a box over a third of a plot; return the seconds until all plots in sight show it."""
    x, y, width, height = page.evaluate(where)
    page.mouse.move(x + 0.3 * width, y + 0.1 * height)
    page.mouse.down()
    page.mouse.move(x + 0.6 * width, y + 0.6 * height, steps=3)
    page.mouse.up()
    seconds: float = page.wait_for_function(HIGHLIGHTED, timeout=60_000).json_value()
    page.evaluate(REST)
    return seconds


def brushes(page: Page, where: str, runs: int) -> float:
    """Return the median of several brushes."""
    page.evaluate(LISTEN)
    times = []
    for _ in range(runs):
        times.append(brush(page, where))
        page.keyboard.press("Escape")
        page.evaluate(REST)
    return sorted(times)[len(times) // 2]


def bare_page(folder: Path) -> str:
    """Write a page of nine plain plots of 2,000 trials on one source; return its address."""
    rng = np.random.default_rng(0)
    columns = {f"x{place}": rng.random(N_BARE) for place in range(N_PLOTS + 1)}
    source = ColumnDataSource({**columns, "score": rng.random(N_BARE)})
    plots = []
    for name in columns:
        plot = figure(width=300, height=210, tools="box_select")
        plot.scatter(name, "score", source=source)
        plots.append(plot)
    place = folder / "bare.html"
    place.write_text(file_html(gridplot(plots, ncols=3), INLINE), encoding="utf-8")
    return place.as_uri()


def fill_peer(url: str, n_trials: int) -> None:
    """Store the same kind of study in the peer's database."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    memory = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    memory.optimize(objective, n_trials=n_trials)
    storage = optuna.storages.RDBStorage(url)
    # Only the reading is measured: the peer's trials need not survive a loss of power.
    sqlalchemy.event.listen(storage.engine, "connect", _write_at_ease)
    storage.engine.dispose()
    stored = optuna.create_study(storage=storage, study_name=f"{n_trials} trials")
    stored.add_trials(memory.get_trials(deepcopy=False))


def _write_at_ease(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=MEMORY")


def objective(trial: Any) -> float:
    """Give scores with some structure."""
    suggest(trial)
    return float(trial.params["subsample"] - trial.params["max_depth"] / 50)


@contextmanager
def peer_serving(program: str, url: str) -> Iterator[str]:
    """Serve the peer's database until the block ends."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/dashboard"
    with serving([program, url, "--port", str(port), "--host", "127.0.0.1"], address):
        yield address


def first_plots(page: Page, url: str, painted: str, argument: Any, runs: int) -> float:
    """Return the median of the seconds to the first plots, the first visit apart."""
    times = [seconds_to(page, url, painted, argument) for _ in range(runs + 1)]
    print(f"  {url.rpartition('/')[2][:24]}: first visit {times[0]:.2f}", flush=True)
    return sorted(times[1:])[len(times[1:]) // 2]


def compare_plots(
    browser: Browser, ours: str, ids: dict[int, str], peers: str, runs: int
) -> dict[int, float]:
    """Print the seconds to the first plots of every size beside the peer's."""
    found = {}
    for n_trials, study_id in ids.items():
        page = browser.new_page(viewport=SIZE)
        found[n_trials] = first_plots(page, f"{ours}?study={study_id}", PAINTED, N_PLOTS, runs)
        page.close()
        print(f"first plots, {n_trials:,} trials: tuneboard {found[n_trials]:.2f} s", flush=True)
    for place, n_trials in enumerate((n for n in ids if n <= 10_000), start=1):
        page = browser.new_page(viewport=SIZE)
        theirs = first_plots(page, f"{peers}/studies/{place}", PEER_PAINTED, None, runs)
        page.close()
        ratio = found[n_trials] / theirs
        print(f"  optuna-dashboard, {n_trials:,} trials: {theirs:.2f} s, ratio {ratio:.2f}")
    return found


def compare_brushes(browser: Browser, ours: str, ids: dict[int, str], bare: str, runs: int) -> None:
    """Print the seconds from mouse-up to rest of every size beside bare figures."""
    page = browser.new_page(viewport=SIZE)
    page.goto(bare)
    page.wait_for_function("() => window.Bokeh?.documents?.length")
    page.wait_for_timeout(3_000)
    plain = brushes(page, BARE_PLOT, runs)
    page.close()
    print(f"brush, bare figures of {N_BARE:,}: {plain:.3f} s")
    for n_trials, study_id in ids.items():
        page = browser.new_page(viewport=SIZE)
        seconds_to(page, f"{ours}?study={study_id}", PAINTED, N_PLOTS)
        page.wait_for_timeout(20_000)
        took = brushes(page, FIRST_PLOT, runs)
        said = counted(page)
        page.close()
        print(
            f"brush, {n_trials:,} trials: {took:.3f} s, {took / plain:.2f} of the bare figures; "
            f"exact counts after {said:.2f} s",
            flush=True,
        )


def counted(page: Page) -> float:
    """Brush once more, and return the seconds until the page tells how many are selected."""
    x, y, width, height = page.evaluate(FIRST_PLOT)
    page.mouse.move(x + 0.4 * width, y + 0.1 * height)
    page.mouse.down()
    page.mouse.move(x + 0.7 * width, y + 0.7 * height, steps=3)
    began = time.perf_counter()
    page.mouse.up()
    page.get_by_text("trials selected").first.wait_for(timeout=60_000)
    return time.perf_counter() - began


def cost_per_trial(history: History, study_id: str) -> None:
    """Print the server's processor time per new trial, in batches of five."""
    study = Study.open(study_id, history)
    views = StudyViews(study, BoardState())
    views.__panel__()
    template = study.trials[-1]
    n_trials, n_rounds, n_batch = len(study.trials), 40, 5
    began = time.process_time()
    for first in range(n_rounds):
        numbers = range(n_trials + 1 + first * n_batch, n_trials + 1 + (first + 1) * n_batch)
        views.trials.append([replace_number(template, number) for number in numbers])
        for view in views._views.values():
            view.follow()
    took_ms = 1e3 * (time.process_time() - began) / (n_rounds * n_batch)
    print(f"server time per new trial after {n_trials:,}: {took_ms:.2f} ms")


def replace_number(trial: Any, number: int) -> Any:
    """Return the same trial as another one."""
    from dataclasses import replace

    return replace(trial, number=number)


def main() -> None:
    """Print all comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--peer", default="", help="the program optuna-dashboard")
    parser.add_argument("--folder", type=Path, help="where studies are kept for the next run")
    parser.add_argument("--only", choices=["plots", "brushes", "trials"], help="one comparison")
    options = parser.parse_args()
    program = options.peer or str(Path(sys.executable).parent / "optuna-dashboard")
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    ours, peer_url = folder / "ours.db", f"sqlite:///{folder / 'peer.db'}"
    known = {one.settings["n_trials"]: one.id for one in History(ours).studies()}
    ids = {n: known.get(n) or store(ours, n) for n in options.sizes}
    if not (folder / "peer.db").exists():
        for n_trials in (n for n in options.sizes if n <= 10_000):
            fill_peer(peer_url, n_trials)
    port = free_port()
    panel = [sys.executable, "-m", "panel", "serve", "dashboard", "--port", str(port)]
    url = f"http://127.0.0.1:{port}/dashboard"
    with (
        serving([*panel, "--address", "127.0.0.1"], url, TUNEBOARD_HISTORY=str(ours)),
        peer_serving(program, peer_url) as peers,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS.split()
        )
        if options.only in (None, "plots"):
            compare_plots(browser, url, ids, peers, options.runs)
        if options.only in (None, "brushes"):
            compare_brushes(browser, url, ids, bare_page(folder), options.runs)
        browser.close()
    if options.only in (None, "trials"):
        cost_per_trial(History(ours), ids[min(10_000, *options.sizes)])


if __name__ == "__main__":
    main()
