"""The report: one HTML file of a study, in which brushing works without a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from bokeh.embed.elements import script_for_render_items
from bokeh.embed.util import OutputDocumentFor, standalone_docs_json_and_render_items
from bokeh.models import CustomJS
from bokeh.resources import Resources

from ..engine.analysis.diagnosis import diagnose
from ..engine.errors import DataError
from ..engine.marks import Marks
from ..engine.study_data import StudyData
from . import report_text as words
from .computed_view import ComputedView, Moment
from .legend import legend
from .stylesheets import variables
from .theme import stylesheet
from .trial_source import TrialSource
from .view import View
from .views.importance import ImportanceView
from .views.parallel import ParallelView
from .views.split import SplitView
from .views.timeline import TimelineView
from .views.trials_table import TrialsTable

_STATIC = Path(__file__).parent / "static"
_BOKEH = ["bokeh", "bokeh-widgets", "bokeh-tables"]
# Nothing may be asked of any machine, whatever stands in the file. Bokeh makes functions and
# modules out of the code of its callbacks, hence 'unsafe-eval' and blob:.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)


def export_report(
    data: StudyData,
    path: str | Path,
    *,
    actions: Sequence[Mapping[str, Any]] = (),
    marks: Mapping[int, Marks] | None = None,
    is_dark: bool = False,
) -> Path:
    """Write a study as one HTML file, with linked plots, that needs no server and no network.

    Parameters
    ----------
    data : StudyData
        The study.
    path : path
        Where to write it.
    actions : sequence of mapping
        What the user did; see `Study.actions`.
    marks : mapping of int to Marks
        What the user said of the trials and, as number 0, of the study.
    is_dark : bool
        Whether the page is dark.

    Raises
    ------
    DataError
        The file cannot be written.
    """
    path = Path(path)
    text = report_html(data, actions=actions, marks=marks or {}, is_dark=is_dark)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"The report cannot be written to {path}: {error.strerror}. Choose another place."
        raise DataError(message, name=str(path)) from error
    return path


def report_html(
    data: StudyData,
    *,
    actions: Sequence[Mapping[str, Any]] = (),
    marks: Mapping[int, Marks] | None = None,
    is_dark: bool = False,
) -> str:
    """Return the report as text; the parameters are those of `export_report`."""
    trials = TrialSource(data.metric, data.space)
    trials.append(data.trials)
    moment = Moment(data.space, trials.shown, data.metric, (), actions)
    views = _views(trials, moment, is_dark)
    plots = _plots(views)
    plots |= {f"value {place}": one for place, one in enumerate(_pages(views["split"], moment))}
    _tell_selection(trials)
    script, places = _embedded(plots)
    drawn = {name: places.get(name, "") + _remarks(view) for name, view in views.items()}
    values = "".join(html for name, html in places.items() if name.startswith("value "))
    drawn["split"] = (
        f"{_sheltered(legend(trials.colours, is_dark, trials.states), 'legend')}"
        f"<div class='grid'>{values}</div>{drawn['split']}"
    )
    drawn["changes"] = places["changes"]
    body = _cards(data, drawn, views["timeline"], actions, marks or {})
    return _page(data.name, words.heading(data) + _SELECTION + body, script, is_dark)


def _cards(
    data: StudyData,
    drawn: Mapping[str, str],
    timeline: Any,
    actions: Sequence[Mapping[str, Any]],
    marks: Mapping[int, Marks],
) -> str:
    finished = [one for one in data.trials if one.state.is_finished]
    findings = diagnose(data.space, finished, metric=data.metric)
    facts = {
        "Best configuration": words.best_table(data),
        "Search space": words.space_table(data),
        "Settings": words.settings_table(data),
    }
    cards = [
        _card("Findings", words.findings_list(findings)),
        _card("Hyper-parameters and score", drawn["split"]),
        _card("Over time", _two(drawn["timeline"], drawn["importance"])),
        _card("Trials", drawn["table"]),
        f"<div class='facts'>{''.join(_card(*one) for one in facts.items())}</div>",
        _card("All hyper-parameters at once", drawn["parallel"]),
        _card("Changes", drawn["changes"] + _sheltered(timeline.effects_html, "facts")),
        _card("What was done", words.story(actions, marks)),
        _card("Code", words.code_blocks(data)),
    ]
    return "".join(cards)


_SELECTION = (
    "<p class='selection' role='status'><span id='selection'>Drag over any plot, or click rows "
    "of the table, to select the same trials everywhere.</span> "
    "<button data-trials=''>Clear selection</button></p>"
)


def _views(trials: TrialSource, moment: Moment, is_dark: bool) -> dict[str, View]:
    """Return the views of the board, filled and painted."""
    split = SplitView(trials)
    split.mark({one.name: one.value for one in trials.space.hyper_parameters})
    views: dict[str, View] = {
        "split": split,
        "timeline": TimelineView(trials),
        "importance": ImportanceView(trials),
        "table": TrialsTable(trials),
        "parallel": ParallelView(trials),
    }
    for view in views.values():
        _compute(view, moment)
        view.paint(is_dark)
    return views


def _plots(views: Mapping[str, View]) -> dict[str, Any]:
    """Return what is drawn once, by its place."""
    plots = {name: view.figures[0] for name, view in views.items() if len(view.figures) == 1}
    plots.pop("split", None)
    plots["timeline"], plots["changes"] = views["timeline"].figures
    table: Any = views["table"]
    return {**plots, "table": table.table}


def _pages(split: Any, moment: Moment) -> list[Any]:
    """Return the plots of all pages of the split view."""
    found: list[Any] = []
    while not set(split.figures) <= set(found):
        _compute(split, moment)
        found += split.figures
        for plot in split.figures:
            # The board has a button in its place.
            plot.title.visible = True
        split.turn(1)
    return found


def _compute(view: View, moment: Moment) -> None:
    if isinstance(view, ComputedView):
        view.show(view.work(moment)())


def _tell_selection(trials: TrialSource) -> None:
    """Let the browser say what is selected, as the board does."""
    trials.source.name = "trials"
    label, is_minimized = trials.metric.label, trials.metric.is_minimized
    told = {"source": trials.source, "label": label, "is_minimized": is_minimized}
    code = (_STATIC / "report_selection.js").read_text(encoding="utf-8")
    trials.source.selected.js_on_change("indices", CustomJS(args=told, code=code))


def _embedded(plots: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the script that draws, and the place of each plot.

    (Bokeh's own `components` would warn of the callbacks to Python, which have no part here.)
    """
    models = list(plots.values())
    with OutputDocumentFor(models):
        docs, [item] = standalone_docs_json_and_render_items(models, suppress_callback_warning=True)
        script = script_for_render_items(docs, [item])
    places = [
        f"<div id='{root.elementid}' data-root-id='{root.id}' style='display: contents'></div>"
        for root in item.roots
    ]
    return script, dict(zip(plots, places, strict=True))


def _remarks(view: View) -> str:
    """Return what a view says of what it shows, which is escaped already."""
    said = " ".join(one for one in (view.notice, view.remark) if one)
    return f"<p class='muted'>{said}</p>" if said else ""


def _two(left: str, right: str) -> str:
    return f"<div class='two'><div>{left}</div><div>{right}</div></div>"


def _sheltered(html: str, sheet: str) -> str:
    """Return HTML with a style sheet of the board's own, which is written for a shadow tree."""
    style = f"<style>{stylesheet(sheet)}</style>"
    return f"<div><template shadowrootmode='open'>{style}{html}</template></div>"


def _card(title: str, html: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{html}</section>"


def _page(title: str, body: str, script: str, is_dark: bool) -> str:
    colors = variables(is_dark).replace(":host", ":root")
    style = colors + (_STATIC / "report.css").read_text(encoding="utf-8")
    # Not `render_js`: Panel adds files of its own to it, from a server.
    scripts = Resources(mode="inline", components=_BOKEH).js_raw
    bokeh = "".join(f"<script>{one}</script>" for one in scripts)
    buttons = (_STATIC / "report.js").read_text(encoding="utf-8")
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{style}</style>{bokeh}</head>\n"
        f"<body>{body}<script>{script}</script><script>{buttons}</script></body></html>\n"
    )
