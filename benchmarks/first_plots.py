"""Time to the first plots of a stored study and of a brush, and bytes received per new trial.

Both dashboards are served from this machine and opened in the same headless Chromium, in turn.
Ours counts when all eight plots of values are painted; optuna-dashboard when its first plot is: on
the page that it opens a study with, and on its analytics page, which shows one hyper-parameter.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from throughput import Space, optuna_rate
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

ROOT = Path(__file__).parents[1]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
N_PLOTS, N_NEW = 8, 5
SIZE: Any = {"width": 1280, "height": 900}
# A canvas counts when something else than one flat colour is on it. Pixels are read only when Bokeh
# has drawn enough plots: to read them again and again would slow the page that is measured.
PAINTED = """n => {
  const models = (window.Bokeh?.documents ?? []).flatMap(one => [...one._all_models.values()]);
  const views = models.filter(one => one.type == 'Figure').map(one => Bokeh.index.find_one(one));
  if (views.filter(one => one?.has_finished()).length < n) return false;
  let painted = 0;
  const walk = root => {
    for (const one of root.querySelectorAll('*')) {
      if (one.shadowRoot) walk(one.shadowRoot);
      if (one.tagName !== 'CANVAS' || one.width < 100) continue;
      const { width, height } = one;
      const data = one.getContext('2d')?.getImageData(0, 0, width, height).data;
      if (!data) continue;
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4 * 37) {
        seen.add(data[i] * 65536 + data[i + 1] * 256 + data[i + 2]);
      }
      if (seen.size > 12) painted += 1;
    }
  };
  walk(document);
  return painted >= n;
}"""
PEER = "optuna-dashboard"
FIRST_PLOT = """() => {
  const models = Bokeh.documents.flatMap(one => [...one._all_models.values()]);
  const has_trials = one => one.renderers.some(mark => mark.name == 'points');
  const figure = models.find(one => one.type == 'Figure' && has_trials(one));
  const view = Bokeh.index.find_one(figure);
  const box = view.el.getBoundingClientRect();
  const {left, top, width, height} = view.frame.bbox;
  return [box.x + left, box.y + top, width, height];
}"""
PEER_PAINTED = "() => document.querySelectorAll('.js-plotly-plot .points path').length > 100"


def score(config: dict[str, Any]) -> float:
    """Give scores with some structure."""
    return 1 - (config["subsample"] - 0.6) ** 2 - config["max_depth"] / 50 + config["momentum"] / 9


def store(place: Path, n_trials: int) -> str:
    """Store a study and return its id."""
    study = Study(
        score,
        space=Space(),
        optimizer="random",
        n_trials=n_trials,
        history=place,
        name="benchmark",
    )
    return study.run(InProcess()).id


def free_port() -> int:
    """Return a port that no program listens to: another's server would be measured for ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(command: list[str], url: str, **environment: str) -> Iterator[None]:
    """Run a server until the block ends."""
    log = subprocess.DEVNULL
    server = subprocess.Popen(
        command, stdout=log, stderr=log, cwd=ROOT, env={**os.environ, **environment}
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(url, timeout=30).read()
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        if server.poll() is not None:
            raise RuntimeError(f"{command[0]} has ended: another program may answer at {url}.")
        yield
    finally:
        server.terminate()
        server.wait(60)


def seconds_to(page: Page, url: str, is_painted: str, argument: Any = None) -> float:
    """Return the time from the request until the plots are painted, with a server at rest."""
    page.goto("about:blank")
    time.sleep(3)
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(is_painted, arg=argument, timeout=120_000, polling=50)
    return time.perf_counter() - began


def brush_seconds(page: Page, url: str) -> float:
    """Return the time from mouse-up until the page has drawn what a box selects."""
    seconds_to(page, url, PAINTED, 9)
    page.wait_for_timeout(15_000)
    x, y, width, height = page.evaluate(FIRST_PLOT)
    page.mouse.move(x + 0.3 * width, y + 0.1 * height)
    page.mouse.down()
    page.mouse.move(x + 0.6 * width, y + 0.6 * height, steps=3)
    began = time.perf_counter()
    page.mouse.up()
    page.evaluate("() => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(ok)))")
    return time.perf_counter() - began


def peer_command() -> str:
    """Return the peer's program, or end with the line that installs it."""
    command = Path(sys.executable).parent / PEER
    if not command.exists():
        raise SystemExit(f"{PEER} is missing. Install it: pip install -e '.[bench]'")
    return str(command)


def tell(title: str, ours: list[float], peers: list[float]) -> None:
    """Print the times of one page of the peer beside ours, and their ratio pair by pair."""
    print(f"first plots, {title}, seconds (the first visit apart)")
    print(f"  first visit: tuneboard {ours[0]:.2f}, {PEER} {peers[0]:.2f}")
    for name, values in (("tuneboard", sorted(ours[1:])), (PEER, sorted(peers[1:]))):
        middle = values[len(values) // 2]
        print(f"  {name}: median {middle:.2f}, {values[0]:.2f} to {values[-1]:.2f}")
    ratios = sorted(one / other for one, other in zip(ours[1:], peers[1:], strict=True))
    print(f"  ratio, pair by pair: median {ratios[len(ratios) // 2]:.2f}")


def bytes_per_trial(page: Page, url: str, history: History, study_id: str) -> tuple[float, float]:
    """Return what the page receives per new trial: in the first batch, and in the next.

    The first may bring changes that are rare, as at 1,000 trials, where points become smaller.
    """
    received: list[int] = []

    def listen(socket: Any) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", listen)
    seconds_to(page, url, PAINTED, N_PLOTS)
    page.wait_for_timeout(6_000)
    study = Study.open(study_id, history, model=score)
    sent = []
    for _ in range(2):
        received.clear()
        study.change(n_trials=len(study.trials) + N_NEW)
        study.run(InProcess())
        page.wait_for_timeout(8_000)
        sent.append(sum(received) / N_NEW)
    return sent[0], sent[1]


def compare_times(page: Page, ours: str, peer: str, runs: int) -> None:
    """Open our page and both of the peer in turn, and print how long each takes."""
    paths = ("/studies/1", "/studies/1/analytics")
    times: dict[str, list[float]] = {"": [], **{path: [] for path in paths}}
    for _ in range(runs + 1):
        times[""].append(seconds_to(page, ours, PAINTED, N_PLOTS))
        for path in paths:
            times[path].append(seconds_to(page, peer + path, PEER_PAINTED))
    for path in paths:
        tell(f"against {PEER}{path}", times[""], times[path])


def compare_bytes(browser: Browser, url: str, history: History, studies: list[str]) -> None:
    """Print what one new trial sends to the page, in studies of several sizes."""
    for study_id in studies:
        n_trials = history.study(study_id).settings["n_trials"]
        page = browser.new_page(viewport=SIZE)
        first, next_one = bytes_per_trial(page, f"{url}?study={study_id}", history, study_id)
        print(
            f"bytes received per new trial after {n_trials:,} trials: {first:,.0f} in the first "
            f"batch of {N_NEW}, {next_one:,.0f} in the next"
        )
        page.close()


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--trials", type=int, default=1_000)
    options = parser.parse_args()
    peer_program = peer_command()
    folder = Path(tempfile.mkdtemp())
    ours, peers = folder / "ours.db", f"sqlite:///{folder / 'peer.db'}"
    studies = [store(ours, options.trials), store(ours, 100)]
    optuna_rate(options.trials, peers)
    our_port, peer_port = free_port(), free_port()
    panel = [sys.executable, "-m", "panel", "serve", "dashboard", "--port", str(our_port)]
    peer = [peer_program, peers, "--port", str(peer_port)]
    our_url, peer_url = (f"http://127.0.0.1:{port}/dashboard" for port in (our_port, peer_port))
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        serving([*panel, "--address", "127.0.0.1"], our_url, TUNEBOARD_HISTORY=str(ours)),
        serving([*peer, "--host", "127.0.0.1"], peer_url),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS.split())
        page = browser.new_page(viewport=SIZE)
        compare_times(page, f"{our_url}?study={studies[0]}", peer_url, options.runs)
        page.close()
        for study_id in studies[::-1]:
            page = browser.new_page(viewport=SIZE)
            brush = brush_seconds(page, f"{our_url}?study={study_id}")
            n_trials = len(History(ours).trials(study_id)[0])
            print(f"mouse-up to highlighted at {n_trials:,} trials: {brush:.2f} s")
            page.close()
        compare_bytes(browser, our_url, History(ours), studies[::-1])
        browser.close()


if __name__ == "__main__":
    main()
