"""What a board costs while 20 trials per second arrive: memory, and how late the page is.

The study runs in the server, as one that was started from the page does. One tab is looked at;
others may be open, which a browser without a window draws as well, so that they cost as much.
`panel serve` runs this file too: then it is the page.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from first_plots import FLAGS, N_PLOTS, PAINTED, ROOT, SIZE, free_port
from playwright.sync_api import Page, sync_playwright
from throughput import Space
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

TRIALS_PER_S, N_WORKERS = 20, 2
EVERY_S = 10
HEAP = "() => performance.memory.usedJSHeapSize"


def sleep(config: dict[str, Any]) -> float:
    """Score after a moment; both workers together make 20 trials per second."""
    time.sleep(N_WORKERS / TRIALS_PER_S)
    return 1 - (config["subsample"] - 0.6) ** 2 - config["max_depth"] / 50


def serve() -> None:
    """Start the study at the first visit, and show it."""
    import panel as pn
    from live import sleep  # of a module that workers can import
    from tuneboard.dashboard.served_page import served_page

    def begin() -> Study:
        study = Study(sleep, space=Space(), n_trials=100_000, optimizer="random", name="live")
        return study.start()

    pn.state.as_cached("study", begin)
    served_page().servable()


def server_mb(server: subprocess.Popen[bytes]) -> float:
    """Return the memory of the server without its workers, in MB."""
    return float(psutil.Process(server.pid).memory_info().rss) / 1e6


def lag(page: Page, history: History) -> tuple[int, float]:
    """Return how many trials are stored now, and the seconds until the page tells of them."""
    stored = history.studies()[0].n_finished
    began = time.perf_counter()
    while shown(page) < stored:
        page.wait_for_timeout(20)
    return stored, time.perf_counter() - began


def shown(page: Page) -> int:
    """Return of how many finished trials the page tells."""
    text = page.locator(".tb-line span", has_text="trials").first.inner_text()
    found = re.match(r"[\d,]+", text)
    return int(found[0].replace(",", "")) if found else 0


def measure(page: Page, history: History, server: subprocess.Popen[bytes], minutes: float) -> None:
    """Print a line every few seconds, and the growth between the first and the last."""
    lines = []
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        n_trials, late_s = lag(page, history)
        heap = page.evaluate(HEAP) / 1e6
        lines.append((n_trials, server_mb(server), heap, late_s))
        print(
            f"{n_trials:6,} trials: server {lines[-1][1]:.0f} MB, page {heap:.0f} MB, "
            f"late {late_s:.2f} s",
            flush=True,
        )
        page.wait_for_timeout(1_000 * EVERY_S)
    first, last = lines[len(lines) // 4], lines[-1]  # after what only grows at the beginning
    grown = 1e3 * (last[1] - first[1]) / (last[0] - first[0])
    late = sorted(line[3] for line in lines)
    print(
        f"the server grew by {grown:.1f} kB per trial, the page by {last[2] - first[2]:.0f} MB; "
        f"late: median {late[len(late) // 2]:.2f} s, at most {late[-1]:.2f} s"
    )


def main() -> None:
    """Serve the page, open the tabs and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--others", type=int, default=0, help="further tabs on the same study")
    options = parser.parse_args()
    place, port = Path(tempfile.mkdtemp()) / "live.db", free_port()
    url = f"http://127.0.0.1:{port}/live"
    command = [sys.executable, "-m", "panel", "serve", str(Path(__file__)), "--port", str(port)]
    folder = str(Path(__file__).parent)
    environment = {**os.environ, "TUNEBOARD_HISTORY": str(place), "PYTHONPATH": folder}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        with sync_playwright() as playwright:
            wait_for(url)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=[*FLAGS.split(), "--enable-precise-memory-info"],
            )
            for _ in range(options.others):
                browser.new_page(viewport=SIZE).goto(url)
            page = browser.new_page(viewport=SIZE)
            page.goto(url)
            page.wait_for_function(PAINTED, arg=N_PLOTS, timeout=120_000)
            page.bring_to_front()
            measure(page, History(place), server, options.minutes)
            browser.close()
    finally:
        for one in [*psutil.Process(server.pid).children(recursive=True), server]:
            one.kill()


def wait_for(url: str) -> None:
    """Wait until the server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=30).read()
            return
        except OSError:
            time.sleep(0.1)


if __name__.startswith("bokeh_app"):
    serve()
elif __name__ == "__main__":
    main()
