"""Every view in every state, without a browser: what it says, draws and sends."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import panel as pn
import pytest
from bokeh.document import Document
from bokeh.document.events import ColumnDataChangedEvent, ColumnsStreamedEvent
from bokeh.models import CDSView, HoverTool, StringFormatter
from bokeh.protocol import Protocol
from tuneboard.dashboard.computed_view import ComputedView, Moment
from tuneboard.dashboard.theme import DARK, LIGHT
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.view import View
from tuneboard.dashboard.views.compare import CompareView
from tuneboard.dashboard.views.coverage import CoverageView
from tuneboard.dashboard.views.curves import CurvesView
from tuneboard.dashboard.views.detail import DetailView
from tuneboard.dashboard.views.findings import FindingsView
from tuneboard.dashboard.views.importance import ImportanceView, Ranking
from tuneboard.dashboard.views.landscape import LandscapeView
from tuneboard.dashboard.views.lineage import LineageView
from tuneboard.dashboard.views.model import ModelView
from tuneboard.dashboard.views.parallel import ParallelView
from tuneboard.dashboard.views.ranges import RangesView
from tuneboard.dashboard.views.rungs import RungsView
from tuneboard.dashboard.views.split import SplitView
from tuneboard.dashboard.views.timeline import TimelineView
from tuneboard.dashboard.views.trade_off import TradeOffView
from tuneboard.dashboard.views.trial_page import TrialPage
from tuneboard.dashboard.views.trials_table import TrialsTable
from tuneboard.dashboard.views.workers import WorkersView
from tuneboard.engine.analysis.importance import Importance
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

ACCURACY = Metric("accuracy", "accuracy")


def detail_view(trials: TrialSource) -> DetailView:
    view = DetailView(trials, lambda: None, lambda _point: None)
    if trials.space.searched:
        view.open(trials.space.searched[0].name)
    return view


def curves_view(trials: TrialSource) -> CurvesView:
    return CurvesView(trials, "epochs", lambda _numbers: None)


def lineage_view(trials: TrialSource) -> LineageView:
    return LineageView(trials, lambda _numbers: None)


def compare_view(trials: TrialSource) -> CompareView:
    return CompareView(trials, "", None)


def rungs_view(trials: TrialSource) -> RungsView:
    return RungsView(trials, "epochs")


def findings_view(trials: TrialSource) -> FindingsView:
    return FindingsView(trials, lambda _numbers: None)


def ranges_view(trials: TrialSource) -> RangesView:
    return RangesView(trials, lambda _name, _changes: None)


def workers_view(trials: TrialSource) -> WorkersView:
    return WorkersView(trials, lambda _number: None)


def trial_page(trials: TrialSource) -> TrialPage:
    return TrialPage(trials, lambda _trial: None, lambda _number: None)


VIEWS: list[Callable[[TrialSource], View]] = [
    SplitView,
    TimelineView,
    ImportanceView,
    TrialsTable,
    ParallelView,
    LandscapeView,
    TradeOffView,
    ranges_view,
    workers_view,
    detail_view,
    CoverageView,
    ModelView,
    compare_view,
    curves_view,
    lineage_view,
    rungs_view,
    findings_view,
    trial_page,
]
LR = HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True)
KERNEL = HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly"))
DEPTH = HyperParameter("depth", "int", 3, 1, 30)
KERNEL_2 = HyperParameter("kernel_2", "choice", "a", choices=("a", "b"))
SPACE = SpaceVersion(1, (LR, KERNEL, DEPTH))


def wide_space(n_searched: int) -> SpaceVersion:
    names = (f"p{number}" for number in range(n_searched))
    return SpaceVersion(1, tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in names))


def trial(space: SpaceVersion, number: int, *, fails: bool = False) -> Trial:
    rng = np.random.default_rng(number)
    config = {
        one.name: one.choices[number % len(one.choices)]
        if one.kind == "choice"
        else type(one.low)(rng.uniform(one.low, one.high))
        for one in space.searched
    }
    provenance = Provenance("random", "drawn at random")
    if fails:
        return Trial(number, config, TrialState.FAILED, provenance, error="ValueError: no")
    return Trial(number, config, TrialState.COMPLETED, provenance, score=float(rng.random()))


def source(space: SpaceVersion, n_trials: int, *, fails: bool = False) -> TrialSource:
    trials = TrialSource(ACCURACY, space)
    trials.append(trial(space, number, fails=fails) for number in range(1, n_trials + 1))
    return trials


STATES: dict[str, Callable[[], TrialSource]] = {
    "empty": lambda: source(SPACE, 0),
    "one trial": lambda: source(SPACE, 1),
    "one failed": lambda: source(SPACE, 1, fails=True),
    "all failed": lambda: source(SPACE, 12, fails=True),
    "one hyper-parameter": lambda: source(wide_space(1), 20),
    "30 hyper-parameters": lambda: source(wide_space(30), 20),
    "nothing searched": lambda: source(wide_space(0), 2),
    "300 trials": lambda: source(SPACE, 300),
}


@pytest.fixture(params=STATES)
def trials(request: pytest.FixtureRequest) -> TrialSource:
    return STATES[request.param]()


def shown(view: View) -> Document:
    """Put the view on a page and return the page."""
    document = Document()
    pn.Column(view).server_doc(document)
    return document


@pytest.mark.parametrize("view_class", VIEWS)
def test_every_view_is_shown_in_every_state(
    view_class: Callable[[TrialSource], View], trials: TrialSource
) -> None:
    view = view_class(trials)

    document = shown(view)

    assert document.to_json()
    assert isinstance(view.__panel__(), pn.Column)


@pytest.mark.parametrize("view_class", VIEWS)
def test_every_computed_view_shows_what_it_computes_in_every_state(
    view_class: Callable[[TrialSource], View], trials: TrialSource
) -> None:
    view = view_class(trials)
    document = shown(view)
    if not isinstance(view, ComputedView):
        return

    for selection in ((), (1,)):
        outcome = view.work(Moment(trials.space, trials.shown, trials.metric, selection))()
        if outcome is not None:
            view.show(outcome)
    view.paint(True)

    assert document.to_json()
    assert len(view._remark.object) < 500


@pytest.mark.parametrize("view_class", VIEWS)
def test_every_view_that_was_filled_later_equals_one_made_from_all(
    view_class: Callable[[TrialSource], View], trials: TrialSource
) -> None:
    late = TrialSource(trials.metric, trials.space)
    view = view_class(late)
    for first in range(0, trials.n_trials, 50):
        late.append(trials._trials[first : first + 50])
        view.follow()

    complete = view_class(trials)

    assert view.notice == complete.notice
    for one, other in zip(view.figures, complete.figures, strict=True):
        assert (one.x_range.start, one.x_range.end) == (other.x_range.start, other.x_range.end)
        assert (one.y_range.start, one.y_range.end) == (other.y_range.start, other.y_range.end)


@pytest.mark.parametrize(
    ("view_class", "state", "sentence"),
    [
        (SplitView, "empty", "No trials yet. Press Start."),
        (SplitView, "all failed", "All 12 trials failed."),
        (SplitView, "one failed", "The only trial so far failed."),
        (SplitView, "one trial", ""),
        (SplitView, "nothing searched", "No hyper-parameter is searched. Switch one on."),
        (TimelineView, "empty", "No trials yet."),
        (TimelineView, "one failed", "The only trial so far failed. ValueError: no"),
        (TimelineView, "one trial", ""),
        (TrialsTable, "empty", "No trials yet."),
        (TrialsTable, "all failed", ""),
        (ImportanceView, "empty", "The ranking appears after some more trials."),
        (ImportanceView, "300 trials", "The ranking appears after some more trials."),
    ],
)
def test_a_view_says_why_it_is_empty(
    view_class: Callable[[TrialSource], View], state: str, sentence: str
) -> None:
    view = view_class(STATES[state]())

    assert view.notice == sentence
    assert view._notice.visible is bool(sentence)


@pytest.mark.parametrize("view_class", [SplitView, TimelineView])
def test_all_points_are_drawn_on_the_source_of_the_session(
    view_class: Callable[[TrialSource], View],
) -> None:
    trials = source(SPACE, 3)

    figures = [one for one in view_class(trials).figures if one.select({"name": "points"})]
    for figure in figures:
        marks = {one.name: one for one in figure.renderers}
        for name in ("points", "incumbents", "failed"):
            assert marks[name].data_source is trials.source
            assert marks[name].glyph.x == marks["points"].glyph.x
        views = [one.view for one in figure.renderers]
        assert len({id(view) for view in views}) == len(views)
        assert all(isinstance(view, CDSView) for view in views)


def test_the_split_view_has_a_plot_per_searched_hyper_parameter_with_one_score_axis() -> None:
    view = SplitView(source(SpaceVersion(1, (LR, KERNEL.edited(is_searched=False), DEPTH)), 3))

    assert [figure.title.text for figure in view.figures] == ["lr", "depth"]
    assert len({id(figure.y_range) for figure in view.figures}) == 1


@pytest.mark.parametrize("view_class", [SplitView, TimelineView])
def test_no_scale_is_shown_before_there_is_a_score(
    view_class: Callable[[TrialSource], View],
) -> None:
    trials = source(SPACE, 2, fails=True)
    view = view_class(trials)
    figures = [one for one in view.figures if one.select({"name": "points"})]
    alphas = lambda: {figure.left[0].major_label_text_alpha for figure in figures}  # noqa: E731

    assert alphas() == {0.0}

    trials.append([trial(SPACE, 3)])
    view.follow()

    assert alphas() == {1.0}


def test_the_marker_follows_the_configuration() -> None:
    view = SplitView(source(SPACE, 3))
    lr, kernel, depth = (view._plots[name]._marker for name in SPACE.names)

    view.mark({"lr": 0.1, "kernel": "poly"})

    assert (lr.location, lr.visible) == (pytest.approx(-1.0), True)
    assert (kernel.location, kernel.visible) == (1.0, True)
    assert not depth.visible


def test_an_edited_space_changes_only_the_plots_that_it_concerns() -> None:
    trials = source(SPACE, 5)
    view = SplitView(trials)
    document = shown(view)
    before = dict(zip(SPACE.names, view.figures, strict=True))
    space = SpaceVersion(
        2,
        (LR.edited(low=0.01), KERNEL.edited(is_searched=False), DEPTH, KERNEL_2),
    )

    trials.move_to(space)
    view.move_to(space)

    after = dict(zip(("lr", "depth", "kernel_2"), view.figures, strict=True))
    assert after["lr"] is before["lr"]
    assert after["depth"] is before["depth"]
    assert after["kernel_2"].document is document
    assert before["kernel"].document is None
    assert [cell.children[-1] for cell in view._grid.children] == view.figures


def test_values_outside_of_a_narrowed_range_stay_in_the_plot_and_are_shaded() -> None:
    trials = source(SPACE, 50)
    view = SplitView(trials)
    x_range = view.figures[0].x_range
    values = trials.source.data["x:lr"]
    narrow = SpaceVersion(2, (LR.edited(low=0.01, high=0.1), KERNEL, DEPTH))

    trials.move_to(narrow)
    view.move_to(narrow)

    left, right = view._plots["lr"]._shades
    assert (left.right, right.left) == (pytest.approx(-2.0), pytest.approx(-1.0))
    assert x_range.start < min(values)
    assert x_range.end > max(values)

    trials.move_to(SPACE)
    view.move_to(SPACE)

    assert not left.visible
    assert not right.visible


def test_the_timeline_grows_with_the_trials_and_its_line_with_the_best() -> None:
    trials = TrialSource(ACCURACY, SPACE)
    view = TimelineView(trials)
    end = view.figures[0].x_range.end
    for number, score in enumerate([0.5, 0.4, 0.7, 0.6], start=1):
        done = trial(SPACE, number).finished(Result(score))
        trials.append([done])
        view.follow()

    assert list(view._best.data["x"]) == [1, 3, 3, 4]
    assert list(view._best.data["y"]) == [0.5, 0.5, 0.7, 0.7]
    assert view.figures[0].x_range.end == end

    trials.append(trial(SPACE, number) for number in range(5, 101))
    view.follow()

    assert view.figures[0].x_range.end > 100


def test_the_colours_of_the_order_change_seldom() -> None:
    trials = source(SPACE, 100)
    view = SplitView(trials)
    high = trials.colours.mapper.high

    trials.append([trial(SPACE, 101)])
    view.follow()

    assert high >= 100
    assert trials.colours.mapper.high in (high, 2 * high)


@pytest.mark.parametrize("view_class", [SplitView, TimelineView, ImportanceView])
def test_both_modes_are_painted_in_place(view_class: Callable[[TrialSource], View]) -> None:
    view = view_class(source(SPACE, 5))
    figures = view.figures

    for is_dark, colors in ((True, DARK), (False, LIGHT)):
        view.paint(is_dark)
        assert view.figures == figures
        for figure in figures:
            assert figure.title.text_color == colors.text
            assert figure.below[0].major_label_text_color == colors.muted


def test_a_plot_that_is_added_in_the_dark_is_dark() -> None:
    trials = source(SPACE, 5)
    view = SplitView(trials)
    view.paint(True)
    space = SpaceVersion(2, (*SPACE.hyper_parameters, KERNEL_2))

    trials.move_to(space)
    view.move_to(space)

    assert view.figures[-1].title.text_color == DARK.text


RANKING = Ranking(
    Importance("fANOVA", ("lr", "depth"), (0.2, 0.7), (0.1, 0.5), (0.3, 0.9), n_trials=43)
)


def test_the_ranking_puts_the_most_important_on_top_and_says_what_it_stands_on() -> None:
    view = ImportanceView(source(SPACE, 43))
    (figure,) = view.figures

    view.show(RANKING)

    data = view._source.data
    assert list(data["name"]) == ["depth", "lr"]
    assert list(data["y0"]) == [1.0, 0.0]
    assert (list(data["x0"]), list(data["x1"])) == ([0.5, 0.1], [0.9, 0.3])
    assert figure.left[0].major_label_overrides == {1.0: "depth", 0.0: "lr"}
    assert figure.x_range.end > 0.9
    assert view._remark.object == "fANOVA, on 43 trials."
    assert view.notice == ""
    assert view.figures == [figure]


def test_a_ranking_that_says_nothing_says_why() -> None:
    view = ImportanceView(source(SPACE, 3))

    view.show(RANKING)
    view.show(Ranking(Importance("fANOVA", n_trials=3, verdict="Too few trials to say: 3 of 16.")))

    assert view.notice == "Too few trials to say: 3 of 16."
    assert list(view._source.data["name"]) == []
    assert not view._remark.visible


def test_a_ranking_of_thirty_shows_the_largest_and_its_caution() -> None:
    names = tuple(f"p{number}" for number in range(30))
    shares = tuple((30 - number) / 1000 for number in range(30))
    view = ImportanceView(source(wide_space(30), 3))

    view.show(
        Ranking(Importance("fANOVA", names, shares, shares, shares, 99, caution="It is crowded."))
    )

    assert list(view._source.data["name"]) == list(names[:12])
    assert view._remark.object == "fANOVA, on 99 trials. The 12 largest of 30. It is crowded."


def test_the_table_lists_every_hyper_parameter_of_the_space() -> None:
    trials = source(SPACE, 3)
    view = TrialsTable(trials)
    fields = lambda: [column.field for column in view._table.columns]  # noqa: E731
    assert view._table.source is trials.source
    assert fields()[:6] == ["trial", "state", "score_text", "v:lr", "v:kernel", "v:depth"]

    columns = list(view._table.columns)
    view.move_to(SpaceVersion(2, SPACE.hyper_parameters))
    assert list(view._table.columns) == columns

    space = SpaceVersion(3, (LR, DEPTH, KERNEL_2))
    trials.move_to(space)
    view.move_to(space)
    assert fields()[3:6] == ["v:lr", "v:depth", "v:kernel_2"]
    assert set(fields()) <= set(trials.source.data)


def test_user_text_reaches_the_page_escaped() -> None:
    evil = HyperParameter("<img src=x onerror=alert(1)> @{trial} $x", "real", 0.5, 0.0, 1.0)
    trials = source(SpaceVersion(1, (evil,)), 3)

    (figure,) = SplitView(trials).figures
    template = figure.select_one(HoverTool).tooltips

    assert "&lt;img src=x onerror=alert(1)&gt; &#64;{trial} &#36;x" in template
    # In braces it names a column, and its escaped value stands in its place.
    assert template.count("<img") == template.count("@{v:<img src=x onerror=alert(1)> @(trial)")
    # The formatter writes the text of a node, never HTML.
    columns = TrialsTable(trials)._table.columns
    assert all(isinstance(column.formatter, StringFormatter) for column in columns)
    # But a head is written as HTML.
    assert not any("<" in column.title for column in columns)


def test_labels_and_units_are_shown_where_they_are_given_and_when_they_change() -> None:
    trials = source(SPACE, 43)
    split, table, ranking = SplitView(trials), TrialsTable(trials), ImportanceView(trials)
    ranking.show(RANKING)
    lr = LR.edited(label="Rate & <b>step</b>", unit="1/s")
    space = SpaceVersion(2, (lr, KERNEL, DEPTH))

    trials.move_to(space)
    for view in (split, table, ranking):
        view.move_to(space)

    assert split.figures[0].title.text == "Rate & <b>step</b> (1/s)"
    assert (
        "Rate &amp; &lt;b&gt;step&lt;/b&gt; (1/s)"
        in split.figures[0].select_one(HoverTool).tooltips
    )
    assert table._table.columns[3].title == "Rate &amp; &lt;b&gt;step&lt;/b&gt; (1/s)"
    labels = ranking.figures[0].left[0].major_label_overrides
    assert labels == {1.0: "depth", 0.0: "Rate & <b>step</b> (1/s)"}


@pytest.fixture
def board() -> Iterator[Callable[[int], tuple[TrialSource, list[View], list[Any]]]]:
    """All views on one page that holds n trials, and what is sent to it from then on."""

    def fill(n_trials: int) -> tuple[TrialSource, list[View], list[Any]]:
        trials = source(wide_space(8), n_trials)
        views = [view_class(trials) for view_class in VIEWS]
        document = Document()
        pn.Column(*views).server_doc(document)
        sent: list[Any] = []
        document.on_change(sent.append)
        return trials, views, sent

    return fill


def n_bytes_of_one_more(trials: TrialSource, views: list[View], sent: list[Any]) -> int:
    sent.clear()
    trials.append([trial(trials.space, trials.n_trials + 1)])
    for view in views:
        view.follow()
    resent = [event for event in sent if isinstance(event, ColumnDataChangedEvent)]
    assert trials.source not in [event.model for event in resent]
    assert len([event for event in sent if isinstance(event, ColumnsStreamedEvent)]) == 1
    message = Protocol().create("PATCH-DOC", sent)
    return len(message.content_json) + sum(len(part) for _, part in message._buffers)


@pytest.mark.parametrize("n_trials", [100, 5000])
def test_one_more_trial_costs_the_page_the_same_few_bytes(board: Any, n_trials: int) -> None:
    trials, views, sent = board(n_trials)

    sizes = [n_bytes_of_one_more(trials, views, sent) for _ in range(9)]

    assert np.median(sizes) < 1900


def test_following_without_new_trials_sends_nothing(board: Any) -> None:
    _trials, views, sent = board(100)

    for view in views:
        view.follow()
        view.paint(False)

    assert sent == []


def test_the_score_axis_tells_which_direction_is_better_and_how_many_it_leaves_out() -> None:
    metric = Metric("neg_root_mean_squared_error", "RMSE", is_minimized=True)
    trials = TrialSource(metric, SPACE)
    view = SplitView(trials)
    scores = [-1.0 - 0.01 * number for number in range(40)] + [-1e12]

    trials.append(
        trial(SPACE, number).finished(Result(score)) for number, score in enumerate(scores, 1)
    )
    view.follow()

    assert view.figures[0].left[0].axis_label == "RMSE (lower is better)"
    assert view._remark.object.startswith("1 trial is far worse than the rest")
    assert view.figures[0].y_range.end < 100
    assert math.isfinite(view.figures[0].y_range.start)
