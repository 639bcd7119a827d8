"""The progress bar of a study that is run from a terminal or a notebook."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from .progress import Progress

_TICK_S = 0.2
Show = Callable[[Progress], None]


def place() -> str:
    """Return where a bar would be seen: "notebook", "terminal", or nowhere ("")."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if type(shell).__name__ == "ZMQInteractiveShell":
        return "notebook"
    return "terminal" if sys.stderr is not None and sys.stderr.isatty() else ""


def bar_of(name: str, progress: Callable[[], Progress], where: str) -> AbstractContextManager[None]:
    """Return what shows a bar while it is entered.

    Parameters
    ----------
    name : str
        What is running.
    progress : function
        Asked several times a second, from a thread of its own.
    where : {"notebook", "terminal", ""}
        What `place` has found.
    """
    bars = {"notebook": _notebook_bar, "terminal": _terminal_bar}
    return _ticking(bars[where](name), progress) if where in bars else nullcontext()


@contextmanager
def _ticking(bar: AbstractContextManager[Show], progress: Callable[[], Progress]) -> Iterator[None]:
    is_over = threading.Event()

    def tick() -> None:
        while not is_over.wait(_TICK_S):
            show(progress())

    with bar as show:
        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            show(progress())


@contextmanager
def _terminal_bar(name: str) -> Iterator[Show]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(escape(name), words="")

        def show(now: Progress) -> None:
            bar.update(task, completed=now.n_finished, total=now.n_trials, words=now.words())

        yield show


@contextmanager
def _notebook_bar(name: str) -> Iterator[Show]:
    with warnings.catch_warnings():
        # Without ipywidgets tqdm warns, and draws a bar of text, which is as good.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        bar: Any = tqdm(desc=name, unit="trial")

    def show(now: Progress) -> None:
        bar.total, bar.n = now.n_trials, now.n_finished
        bar.set_postfix_str(now.words(), refresh=True)

    try:
        yield show
    finally:
        bar.close()
