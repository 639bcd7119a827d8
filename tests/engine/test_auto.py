"""Tests of the automatic choice of an optimizer."""

from __future__ import annotations

from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import auto, make_optimizer
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("x", "real", 0.25, 0.0, 1.0),
        HyperParameter("k", "int", 3, 1, 9),
        HyperParameter("solver", "choice", "a", choices=("a", "b"), is_searched=False),
    ),
)


def run(search, numbers, *, n_metrics=1):
    """Ask for trials and tell them; return who proposed each."""
    members = []
    for number in numbers:
        proposal = search.ask(number)
        score = -((proposal.config["x"] - 0.6) ** 2)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        scores = (score, -proposal.config["k"]) if n_metrics == 2 else ()
        search.tell(trial.finished(Result(score, scores=scores)))
        members.append(proposal.provenance.facts.get("member", "current"))
    return members


def test_the_current_values_are_tried_first_and_then_two_models_take_turns():
    search = make_optimizer("auto", SPACE, seed=1)
    assert search.ask(1).config == {"x": 0.25, "k": 3, "solver": "a"}
    search = make_optimizer("auto", SPACE, seed=1)
    assert run(search, range(1, 6)) == ["current", "sequential", "tpe", "sequential", "tpe"]


def test_current_values_that_break_a_constraint_are_not_tried():
    space = SpaceVersion(1, SPACE.hyper_parameters, ("x > 0.5",))
    assert make_optimizer("auto", space, seed=1).ask(1).config["x"] > 0.5


def test_the_cheaper_model_makes_most_proposals_once_there_are_many_trials(monkeypatch):
    monkeypatch.setattr(auto, "MAX_MODELLED", 20)
    search = make_optimizer("auto", SPACE, seed=1)
    members = run(search, range(1, 29))
    assert members[20:] == ["tpe", "tpe", "tpe", "sequential"] * 2


def test_several_metrics_are_searched_by_hypervolume():
    search = make_optimizer("auto", SPACE, seed=1)
    assert run(search, range(1, 16), n_metrics=2)[-1] == "hypervolume"


def test_the_cheaper_model_serves_most_of_many_workers():
    search = make_optimizer("auto", SPACE, seed=1)
    run(search, range(1, 16))
    members = [search.ask(number).provenance.facts["member"] for number in range(16, 56)]
    assert members[:20].count("sequential") == 10
    assert members[28:].count("sequential") == 3


def test_a_trial_known_from_elsewhere_is_learnt_by_whoever_is_at_work():
    search = make_optimizer("auto", SPACE, seed=1)
    run(search, range(1, 10))
    config = {"x": 0.6, "k": 5, "solver": "a"}
    search.observe(10, config)
    made = Provenance("user", "enqueued")
    search.tell(Trial(10, config, TrialState.COMPLETED, made, score=0.0))
    assert search.ask(12).provenance.facts["n_known"] == 10
