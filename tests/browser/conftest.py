"""A real server process and a real browser for the tests of what a person sees and does."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, expect, sync_playwright

from .board_page import BoardPage
from .server_process import ROOT, Server

PICTURES = ROOT / "test-results"
WAIT_MS = 20_000
# A tab was closed while the server was writing to it or reading from it; Tornado and Bokeh say
# so at length.
_CLOSED_TAB = (
    r"tornado\.(iostream\.StreamClosedError|websocket\.WebSocketClosedError)"
    r"|assert self\._session is not None"
)
_OUTCOME = pytest.StashKey[pytest.CollectReport | pytest.TestReport]()
_CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)  # tests/conftest.py sorts by these marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep the outcome, so that the page's fixture knows whether to take a picture."""
    report = yield
    if report.when == "call":
        item.stash[_OUTCOME] = report
    return report


@pytest.fixture
def allowed_errors() -> list[str]:
    """Return a list to fill: regular expressions of errors that the test expects.

    They are looked for in the browser's console and in the tracebacks that the server prints.
    """
    return []


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server for all tests of a module, which leave no study running."""
    one = Server(tmp_path_factory.mktemp("server"))
    try:
        one.start()
        yield one
    finally:
        one.close()


@pytest.fixture
def server(shared_server: Server, allowed_errors: list[str]) -> Iterator[Server]:
    """Yield the module's server; a traceback that it prints during the test fails the test."""
    n_printed = len(shared_server.log_text())
    yield shared_server
    unexpected = _not_allowed(shared_server.tracebacks(n_printed), [*allowed_errors, _CLOSED_TAB])
    if unexpected:
        pytest.fail("The server printed errors:\n" + "\n".join(unexpected))


def _chromium() -> str:
    for found in (
        os.environ.get("TUNEBOARD_CHROMIUM"),
        shutil.which("chromium"),
        shutil.which("google-chrome"),
    ):
        if found:
            return found
    advice = "No browser: install chromium, or name one in TUNEBOARD_CHROMIUM."
    if "CI" in os.environ:
        pytest.fail(advice)
    pytest.skip(advice)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield the machine's own Chromium, without a window."""
    executable = _chromium()
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=executable, args=_CHROMIUM_ARGS)
        yield one
        one.close()


@pytest.fixture
def context(
    browser: Browser, request: pytest.FixtureRequest, allowed_errors: list[str]
) -> Iterator[BrowserContext]:
    """Yield a browser of one person.

    An error in any of its pages, or a request to another machine, fails the test.
    """
    one = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    one.set_default_timeout(WAIT_MS)
    errors: list[str] = []
    one.on("console", lambda said: errors.extend(_if_error(said)))
    one.on("weberror", lambda error: errors.append(str(error.error)))
    one.on("request", lambda asked: errors.extend(_if_outside(asked.url)))
    try:
        yield one
        unexpected = _not_allowed(errors, allowed_errors)
        if unexpected or _has_failed(request.node):
            _photograph(one, request.node.name)
    finally:
        one.close()
    if unexpected:
        pytest.fail("The page reported errors:\n" + "\n".join(unexpected))


@pytest.fixture
def open_board(context: BrowserContext, server: Server) -> Iterator[Callable[..., BoardPage]]:
    """Return a function that opens the dashboard in a new tab; at the end nothing is running."""

    def opened(study: str = "") -> BoardPage:
        query = f"?study={study}" if study else ""
        return BoardPage(context.new_page()).open(server.url + query)

    yield opened
    for tab in context.pages:
        _stop_what_runs(BoardPage(tab))


@pytest.fixture
def board(open_board: Callable[..., BoardPage]) -> BoardPage:
    """Return the dashboard, opened in a tab of 1280 x 900 that shows a new study."""
    return open_board()


def _stop_what_runs(board: BoardPage) -> None:
    """Leave no study running behind, also after a failure, for the next test of the module."""
    stop = board.button("Stop")
    if board.tab.url.startswith("http") and stop.count() and stop.is_enabled():
        stop.evaluate("one => one.click()")  # at once: the study may end by itself
        expect(stop).to_be_disabled()


def _if_error(said: ConsoleMessage) -> list[str]:
    return [f"{said.text} ({said.location['url']})"] if said.type == "error" else []


def _if_outside(url: str) -> list[str]:
    is_here = re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:|about:", url)
    return [] if is_here else [f"request to another machine: {url}"]


def _not_allowed(errors: list[str], allowed: list[str]) -> list[str]:
    return [one for one in errors if not any(re.search(rule, one) for rule in allowed)]


def _has_failed(item: pytest.Item) -> bool:
    report = item.stash.get(_OUTCOME, None)
    return report is None or report.failed


def _photograph(context: BrowserContext, test: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    name = re.sub(r"[^\w-]+", "-", test)
    for number, tab in enumerate(context.pages, 1):
        tab.screenshot(path=PICTURES / f"{name}-{number}.png")
