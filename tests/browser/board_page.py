"""The page as a person sees it: what can be pressed, chosen, typed, dragged and read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

_SCRIPTS = [Path(__file__).parent / name for name in ("board_page.js", "page_faults.js")]
_SLOW_MS = 60_000


@dataclass(frozen=True)
class Mark:
    """One trial as drawn in a plot: its number, and its centre in pixels of the window."""

    trial: int
    x: float
    y: float


class BoardPage:
    """The dashboard in one tab.

    Parameters
    ----------
    tab : Page
        The tab, before the dashboard is opened in it.
    """

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def open(self, url: str) -> BoardPage:
        """Open the dashboard and wait until its plots are drawn."""
        self.tab.goto(url, timeout=_SLOW_MS)
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Wait until the plots are drawn."""
        self.tab.wait_for_function("() => window.Bokeh?.documents?.length", timeout=_SLOW_MS)
        for script in _SCRIPTS:
            self.tab.evaluate(script.read_text(encoding="utf-8"))
        self.tab.wait_for_function("() => lookInto.ready()", timeout=_SLOW_MS)

    # What can be pressed, chosen and typed.

    def button(self, name: str) -> Locator:
        """Return the button with this label."""
        return self.tab.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        """Click a button."""
        self.button(name).click()

    def selector(self, label: str) -> Locator:
        """Return the list to choose from with this label."""
        return self.tab.get_by_role("combobox", name=label, exact=True)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list."""
        self.selector(label).select_option(label=option)

    def field(self, label: str) -> Locator:
        """Return the text input with this label, such as "Trials" or "low of C"."""
        return self.tab.get_by_role("textbox", name=label, exact=True)

    def fill(self, label: str, text: Any) -> None:
        """Type into an input in place of what it holds, and go on to the next one."""
        self.field(label).fill(str(text))
        self.field(label).press("Enter")
        self.field(label).press("Tab")

    def row(self, name: str) -> Locator:
        """Return the row of a hyper-parameter in the list."""
        return self.tab.get_by_role("group", name=name, exact=True)

    def set_up(self, data: str, model: str, **numbers: int) -> None:
        """Choose data and model, and fill in `trials`, `folds` and `workers`."""
        self.choose("Data", data)
        expect(self.title).to_have_text(re.compile(rf"^{data} · "))
        self.choose("Model", model)
        expect(self.title).to_have_text(f"{data} · {model}")
        for name, number in numbers.items():
            self.fill(name.capitalize(), number)

    def run(self, *, timeout_s: float = 90) -> None:
        """Press Start and wait until the study has finished."""
        self.press("Start")
        self.wait_for_state("finished", timeout_s=timeout_s)

    # What can be read.

    @property
    def about(self) -> Locator:
        """The line about the data."""
        return self.tab.get_by_text("rows,")

    @property
    def title(self) -> Locator:
        """The name of the study."""
        return self.tab.locator(".tb-line strong")

    @property
    def state(self) -> Locator:
        """The chip with the study's state."""
        return self.tab.locator(".tb-state")

    @property
    def sentence(self) -> Locator:
        """The status line."""
        return self.tab.locator(".tb-message")

    @property
    def counts(self) -> Locator:
        """The line "7 / 20 trials"."""
        return self.tab.locator(".tb-line span", has_text="trials").first

    @property
    def progress(self) -> int:
        """Number of finished trials by the progress bar."""
        bar = self.tab.get_by_role("progressbar")
        return int(bar.get_attribute("aria-valuenow") or 0)

    @property
    def selection_words(self) -> Locator:
        """The line about the selection."""
        return self.tab.get_by_text("trials selected")

    def wait_for_state(self, state: str, *, timeout_s: float = 30) -> None:
        """Wait until the study is in a state; of a finished one, until all of it is drawn."""
        expect(self.state).to_have_text(state, timeout=1000 * timeout_s)
        if state == "finished":
            # The plots take in their next trials only when they have drawn the last ones.
            self.wait_for_trials(self.progress)

    def wait_for_trials(self, n_trials: int, *, timeout_s: float = 60) -> None:
        """Wait until at least so many trials are shown."""
        self.tab.wait_for_function(
            "(n) => lookInto.numbers().length >= n", arg=n_trials, timeout=1000 * timeout_s
        )

    def look(self, name: str, *args: Any) -> Any:
        """Call one of the functions of board_page.js."""
        return self.tab.evaluate(f"(args) => lookInto.{name}(...args)", list(args))

    def faults(self, kind: str) -> Any:
        """Return what one of the functions of page_faults.js finds."""
        return self.tab.evaluate(f"() => faults.{kind}()")

    def trials(self) -> dict[int, dict[str, Any]]:
        """Return what the plots hold of each trial, by number; every number must be there once."""
        rows = self.look("rows")
        trials = {row["trial"]: row for row in rows}
        assert len(trials) == len(rows), f"a trial is drawn twice: {[row['trial'] for row in rows]}"
        return trials

    def marks(self, plot: str) -> list[Mark]:
        """Return where a plot has drawn the trials that have a score."""
        self.show(plot)
        return [Mark(**mark) for mark in self.look("marks", plot)]

    def hover(self, plot: str, x: float, y: float) -> Locator:
        """Point at coordinates of a plot, and return what is said of what lies there."""
        self.show(plot)
        self.tab.mouse.move(*self.look("place", plot, x, y).values())
        return self.tab.locator(".bk-Tooltip").filter(visible=True).first

    # What can be dragged.

    def show(self, plot: str) -> dict[str, float]:
        """Scroll to a plot, and return its inner area when what lies above moves no more."""
        before: dict[str, float] = {}
        frame: dict[str, float] = {"x": -1.0}
        while frame != before:
            before = frame
            self.look("scrollTo", plot)
            self.tab.wait_for_timeout(120)
            frame = self.look("frame", plot)
        return frame

    def drag(self, plot: str, left: float, top: float, right: float, bottom: float) -> None:
        """Drag a box in a plot, its corners given as shares of the inner width and height."""
        frame = self.show(plot)
        places = [
            (frame["x"] + x * frame["width"], frame["y"] + y * frame["height"])
            for x, y in ((left, top), (right, bottom))
        ]
        self.tab.mouse.move(*places[0])
        self.tab.mouse.down()
        self.tab.mouse.move(*places[1], steps=4)
        self.tab.mouse.up()

    def lasso(self, plot: str, *corners: tuple[float, float]) -> None:
        """Drag through corners that are given as `drag` takes them."""
        frame = self.show(plot)
        places = [
            (frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]) for x, y in corners
        ]
        self.tab.mouse.move(*places[0])
        self.tab.mouse.down()
        for place in places[1:]:
            self.tab.mouse.move(*place, steps=6)
        self.tab.mouse.up()

    def use_lasso(self, plot: str) -> None:
        """Let dragging draw a lasso, and wait until a plot does."""
        self.press("Lasso")
        self.tab.wait_for_function(
            "(plot) => lookInto.tools(plot).includes('LassoSelectTool')", arg=plot
        )
        self.tab.wait_for_timeout(500)  # and the plot has taken it over

    def inside(self, plot: str, left: float, top: float, right: float, bottom: float) -> list[int]:
        """Return the numbers of the trials that lie within a box of the plot."""
        self.look("scrollTo", plot)
        found = self.look("inside", plot, left, top, right, bottom)
        return sorted(found)
