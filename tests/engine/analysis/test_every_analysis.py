"""Every analysis answers for every awkward study, and gives plain frozen records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import pytest
from tuneboard.engine.analysis.change_points import change_effects, change_points
from tuneboard.engine.analysis.comparison import compare
from tuneboard.engine.analysis.curves import learning_curves
from tuneboard.engine.analysis.density import density
from tuneboard.engine.analysis.diagnosis import diagnose
from tuneboard.engine.analysis.diversity import diversity
from tuneboard.engine.analysis.effective_range import effective_ranges
from tuneboard.engine.analysis.importance import importance
from tuneboard.engine.analysis.improvement_left import improvement_left
from tuneboard.engine.analysis.ladder import ladder
from tuneboard.engine.analysis.landscape import landscape, suggested_pairs
from tuneboard.engine.analysis.lineage import Lineage
from tuneboard.engine.analysis.pareto import pareto_front
from tuneboard.engine.analysis.representatives import representatives
from tuneboard.engine.analysis.schedule import schedule
from tuneboard.engine.analysis.surrogate_fit import acquisition_slice, as_proposed, left_out
from tuneboard.engine.analysis.trend import trend
from tuneboard.engine.analysis.tried import tried
from tuneboard.engine.hyper_parameter import SpaceVersion


def a_landscape(space: SpaceVersion, trials: Any) -> Any:
    names = [one.name for one in space.searched]
    return landscape(space, trials, *names[:2], n_trees=4) if len(names) > 1 else ()


ANALYSES: dict[str, Callable[[SpaceVersion, Any], Any]] = {
    "ped_anova": lambda space, trials: importance(space, trials, n_resamples=5),
    "fanova": lambda space, trials: importance(
        space, trials, method="fanova", n_trees=4, with_pairs=True
    ),
    "permutation": lambda space, trials: importance(
        space, trials, method="permutation", n_trees=4, n_resamples=5
    ),
    "effective ranges": lambda space, trials: effective_ranges(
        space, trials, names=[one.name for one in space.searched][:6]
    ),
    "landscape": a_landscape,
    "pairs": lambda space, trials: suggested_pairs(space, trials),
    "diagnosis": diagnose,
    "diversity": lambda space, trials: diversity(space, trials, window=5),
    "lineage": lambda space, trials: [
        Lineage(trials).genes(trial.number, space) for trial in trials
    ],
    "flows": lambda space, trials: [Lineage(trials).value_flows(space, one) for one in space.names],
    "change points": change_points,
    "change effects": change_effects,
    "Pareto front": lambda _, trials: pareto_front(trials, ["score", "-duration_s"]),
    "comparison": lambda _, trials: compare({"a": [trials], "none": []}),
    "comparison by time": lambda _, trials: compare({"a": [trials]}, by="time"),
    "schedule": lambda _, trials: schedule(trials, now=1e3),
    "trends": lambda space, trials: [trend(space, trials, one) for one in space.names],
    "learning curves": lambda _, trials: list(learning_curves(trials).values()),
    "ladder": lambda _, trials: ladder(trials),
    "tried": tried,
    "left out": left_out,
    "as proposed": lambda _, trials: as_proposed(trials),
    "slices": lambda space, trials: [
        acquisition_slice(space, trials, one.name) for one in space.searched[:2]
    ],
    "density": lambda space, trials: [density(space, trials, one) for one in space.names],
    "representatives": lambda _, trials: representatives(trials),
    "improvement left": improvement_left,
}


@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
def test_every_awkward_study_gets_an_answer(
    analysis: Callable[[SpaceVersion, Any], Any], awkward: Any
) -> None:
    space, trials = awkward
    found = analysis(space, trials)
    for record in found if isinstance(found, (list, tuple)) else [found]:
        if is_dataclass(record):
            with pytest.raises(FrozenInstanceError):
                setattr(record, fields(record)[0].name, None)


@pytest.mark.parametrize("name", ["ped_anova", "fanova", "permutation"])
def test_a_verdict_comes_where_there_are_no_values(name: str, awkward: Any) -> None:
    found = ANALYSES[name](*awkward)
    assert bool(found.names) != bool(found.verdict)
    assert len(found.names) == len(found.values) == len(found.lows) == len(found.highs)
