from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import optuna
import pytest
from tuneboard.engine.errors import OptimizerError, SpaceError
from tuneboard.engine.pruning import Curve, should_stop
from tuneboard.engine.trial import TrialState

PRUNERS = {
    "median": lambda: optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2),
    "percentile": lambda: optuna.pruners.PercentilePruner(30.0, n_startup_trials=3),
    "halving": lambda: optuna.pruners.SuccessiveHalvingPruner(min_resource=1),
    "hyperband": lambda: optuna.pruners.HyperbandPruner(min_resource=1, max_resource=9),
    "threshold": lambda: optuna.pruners.ThresholdPruner(lower=0.45),
    "patient": lambda: optuna.pruners.PatientPruner(optuna.pruners.MedianPruner(3), patience=1),
    "wilcoxon": lambda: optuna.pruners.WilcoxonPruner(p_threshold=0.2),
    "never": optuna.pruners.NopPruner,
}


def curve(number):
    """Scores of nine steps, better from trial to trial on average."""
    rng = np.random.default_rng(number)
    level = rng.uniform(0.3, 0.9)
    return {step: level * (1 - 0.5**step) + 0.05 * rng.standard_normal() for step in range(1, 10)}


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("name", PRUNERS)
def test_a_pruner_stops_the_trials_that_it_stops_in_a_study_of_optuna(name):
    study = optuna.create_study(
        study_name="tuneboard", direction="maximize", pruner=PRUNERS[name]()
    )
    others, stopped = [], 0
    for number in range(1, 16):
        native, steps, is_stopped = study.ask(), {}, False
        for step, score in curve(number).items():
            native.report(score, step)
            steps[step] = score
            is_stopped = bool(native.should_prune())
            assert should_stop(PRUNERS[name](), number, steps, others) is is_stopped
            if is_stopped:
                break
        stopped += is_stopped
        if is_stopped:
            study.tell(native, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(native, score)
        others.append(
            Curve(number, steps, TrialState.STOPPED if is_stopped else TrialState.COMPLETED)
        )
    assert (stopped > 0) is (name != "never")


def test_the_answer_depends_on_the_arguments_alone():
    pruner = optuna.pruners.HyperbandPruner(min_resource=1, max_resource="auto")
    others = [Curve(number, curve(number)) for number in range(1, 9)]
    answers = [
        should_stop(pruner, 9, {1: 0.1, 3: 0.1}, order) for order in (others, others[::-1], others)
    ]
    assert len(set(answers)) == 1
    assert pruner._n_brackets is None


def test_trials_that_failed_or_still_run_may_be_among_the_others():
    others = [
        *(Curve(number, {1: 0.8}) for number in range(1, 6)),
        Curve(6, {1: 0.1}, TrialState.FAILED),
        Curve(7, {}, TrialState.FAILED),
        Curve(8, {1: 0.9}, TrialState.RUNNING),
        Curve(9, {1: math.nan}),
    ]
    pruner = optuna.pruners.MedianPruner()
    assert should_stop(pruner, 12, {1: 0.7}, others)
    assert not should_stop(pruner, 12, {1: 0.85}, others)


def test_nothing_is_stopped_before_it_has_reported():
    assert not should_stop(optuna.pruners.ThresholdPruner(lower=1.0), 1, {})


def test_a_pruner_that_is_none_of_optunas_is_refused():
    with pytest.raises(OptimizerError, match=r"should_stop.pruner must be a pruner of Optuna"):
        should_stop("median", 1, {1: 0.5})


@pytest.mark.parametrize("step", [-1, 0.5, True, "1"])
def test_a_step_that_is_no_whole_number_is_refused(step):
    with pytest.raises(OptimizerError, match=r"Trial 4 must be reported at whole steps"):
        should_stop(optuna.pruners.NopPruner(), 5, {1: 0.5}, [Curve(4, {step: 0.5})])


def test_without_optuna_the_line_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SpaceError, match=r"pip install 'tuneboard\[optuna\]'"):
        should_stop(None, 1, {1: 0.5})


def test_to_import_it_does_not_load_optuna():
    code = "import sys, tuneboard.engine.pruning; sys.exit('optuna' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
