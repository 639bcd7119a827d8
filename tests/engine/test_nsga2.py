from __future__ import annotations

import math

import numpy as np
import pytest
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.nsga2 import NSGA2Search, ranked
from tuneboard.engine.trial import Result, Trial, TrialState

LINE = SpaceVersion(1, (HyperParameter("x", "real", 9.0, -10.0, 10.0),))
ZDT1 = SpaceVersion(1, tuple(HyperParameter(f"x{n}", "real", 0.5, 0.0, 1.0) for n in range(5)))


def schaffer(config):
    """Return problem SCH of Deb et al. 2002, table I: the best are all x in [0, 2]."""
    return -(config["x"] ** 2), -((config["x"] - 2) ** 2)


def zdt1(config):
    first, *others = config.values()
    g = 1 + 9 * sum(others) / len(others)
    return -first, -g * (1 - math.sqrt(first / g))


def run(search, numbers, scores):
    trials = []
    for number in numbers:
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        found = scores(proposal.config)
        found = found if isinstance(found, tuple) else (found,)
        trials.append(trial.finished(Result(found[0], scores=found)))
        search.tell(trials[-1])
    return trials


def volume(scores, reference):
    """Return the area that two objectives dominate above a reference point."""
    area, floor = 0.0, reference[1]
    for first, second in sorted(scores, reverse=True):
        if first > reference[0] and second > floor:
            area += (first - reference[0]) * (second - floor)
            floor = second
    return area


def test_fronts_and_crowding_are_those_of_the_paper():
    # Deb et al. 2002, sections III A and B, worked by hand: three on the first front, the
    # middle one with gaps of (4 - 0) / 4 and (9 - 1) / 8.
    objectives = np.array([[0.0, 9.0], [1.0, 8.0], [4.0, 1.0], [0.5, 8.0], [0.0, 0.0]])
    ranks, crowding = ranked(objectives)
    assert ranks == [0, 0, 0, 1, 2]
    assert crowding == [math.inf, 2.0, math.inf, math.inf, math.inf]


def test_of_equal_points_none_dominates_the_other():
    ranks, crowding = ranked(np.ones((3, 2)))
    assert ranks == [0, 0, 0]
    assert sorted(crowding) == [0.0, math.inf, math.inf]


def test_it_finds_the_front_of_schaffers_problem():
    search = NSGA2Search(LINE, seed=1, n_trials=200)
    run(search, range(1, 201), schaffer)
    places = np.array([trial.config["x"] for trial in search._survivors()])
    assert len(places) == 24
    assert ((places > -0.1) & (places < 2.1)).all()
    assert np.ptp(places) > 1.5


def test_it_dominates_more_than_a_search_by_the_first_metric_alone():
    def reached(scores):
        search = NSGA2Search(ZDT1, seed=2, n_trials=200)
        trials = run(search, range(1, 201), scores)
        return volume([zdt1(trial.config) for trial in trials], (-1.0, -6.0))

    several, first_only = reached(zdt1), reached(lambda config: zdt1(config)[0])
    assert several > 1.02 * first_only


def test_with_one_metric_the_best_are_the_parents():
    trials = run(NSGA2Search(LINE, n_trials=96), range(1, 97), lambda c: -abs(c["x"] - 3))
    for trial in trials[12:]:
        label = trial.provenance.facts["generation"]
        closed = [one for one in trials if one.provenance.facts["generation"] < label]
        best = sorted(closed, key=lambda one: -one.score)[:12]
        assert set(trial.provenance.parents) <= {one.number for one in best}
    assert max(trial.score for trial in trials) > -5


def test_the_lonelier_of_a_front_comes_first():
    search = NSGA2Search(LINE, n_trials=96, population=5)
    values = {1: (0.0, 10.0), 2: (10.0, 0.0), 3: (4.0, 6.0), 4: (4.1, 5.9), 5: (4.2, 5.8)}
    for number, scores in values.items():
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(trial.finished(Result(scores[0], scores=scores)))
    assert [trial.number for trial in search._survivors()] == [1, 2, 5, 3, 4]


def test_starred_trials_are_parents_at_once_and_excluded_ones_never_again():
    search = NSGA2Search(LINE, n_trials=400)
    trials = run(search, range(1, 100), schaffer)
    worst = min(trials, key=lambda trial: trial.score).number
    best = max(trials[:72], key=lambda trial: sum(trial.scores)).number
    search.steer({worst}, {best})
    later = {
        n for trial in run(search, range(100, 140), schaffer) for n in trial.provenance.parents
    }
    assert worst in later
    assert best not in later


@pytest.mark.parametrize("odd", [(math.nan, 1.0), (1.0, math.inf), (1.0,)])
def test_trials_with_other_metrics_or_no_finite_number_are_not_known(odd):
    search = NSGA2Search(LINE, n_trials=48)
    for number in range(1, 30):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        is_odd = number in (3, 7)
        scores = odd if is_odd else schaffer(proposal.config)
        search.tell(trial.finished(Result(1e6 if is_odd else scores[0], scores=scores)))
        assert not {3, 7} & set(proposal.provenance.parents)


def test_a_child_says_what_it_was_made_of():
    trials = run(NSGA2Search(LINE, n_trials=48), range(1, 40), schaffer)
    made = trials[-1].provenance
    first = trials[made.parents[0] - 1]
    assert made.reason.startswith(f"generation 7: child of trial {first.number} by mutation: x ")
    assert made.facts["changed"] == {"x": [first.config["x"], trials[-1].config["x"]]}
