from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import assume, given
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.conversion.optuna_space import from_optuna, to_optuna
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


class Space(SearchSpace):
    lr = Real(1e-3, bounds=(1e-4, 1.0), log=True)
    momentum = Real(0.1, bounds=(0.1, 0.95), step=0.1)
    depth = Int(3, bounds=(1, 9))
    width = Int(16, bounds=(16, 100), step=16)
    batch = Int(32, bounds=(1, 512), log=True)
    kernel = Choice("rbf", choices=["rbf", None, 3, True])
    held = Choice("a", choices=["a", "b"], is_searched=False)


def rules(one: HyperParameter) -> str:
    return repr((one.name, one.kind, one.low, one.high, one.log, one.step, one.choices))


def test_optunas_distributions_are_read_as_they_are() -> None:
    space = from_optuna(
        {
            "lr": FloatDistribution(1e-4, 1.0, log=True),
            "drop": FloatDistribution(0.0, 0.5, step=0.25),
            "depth": IntDistribution(1, 9),
            "width": IntDistribution(16, 64, step=16),
            "kernel": CategoricalDistribution(["rbf", None]),
        }
    )

    assert [rules(one) for one in space.version.hyper_parameters] == [
        "('lr', 'real', 0.0001, 1.0, True, None, ())",
        "('drop', 'real', 0.0, 0.5, False, 0.25, ())",
        "('depth', 'int', 1, 9, False, None, ())",
        "('width', 'int', 16, 64, False, 16, ())",
        "('kernel', 'choice', None, None, False, None, ('rbf', None))",
    ]
    assert {one.source for one in space.version.hyper_parameters} == {"from Optuna"}


@pytest.mark.parametrize(
    "distribution",
    [IntDistribution(3, 3), FloatDistribution(3, 3), CategoricalDistribution([3])],
)
def test_a_distribution_of_one_value_is_held_at_it(distribution: Any) -> None:
    assert from_optuna({"x": distribution}).version.fixed == {"x": 3}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            (1, 9),
            "SearchSpace.x must be one of Optuna's distributions, not (1, 9). Write "
            "FloatDistribution(low, high), or read plain entries by from_ranges.",
        ),
        (CategoricalDistribution([math.nan]), "not nan. NaN does not equal itself"),
    ],
)
def test_an_entry_that_is_none_of_optunas_is_told(entry: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=re.escape(message)):
        from_optuna({"x": entry})


def test_what_is_held_goes_out_as_one_choice_when_asked_for() -> None:
    assert "held" not in to_optuna(Space())
    assert to_optuna(Space(), with_held=True)["held"] == CategoricalDistribution(["a"])


REFUSED: dict[str, tuple[HyperParameter, str]] = {
    "a step on a log scale": (
        HyperParameter("x", "int", 1, 1, 9, log=True, step=2),
        "SearchSpace.x must have no step on Optuna's log scale, not 2. Drop the step or the log",
    ),
    "a tuple": (
        HyperParameter("x", "choice", (1,), choices=((1,), (2,))),
        "SearchSpace.x must have choices that are text, numbers, True, False or None for Optuna, "
        "not (1,). Give it a name, and look it up by that name in your own code.",
    ),
    "1 and True": (
        HyperParameter("x", "choice", 1, choices=(1, True)),
        "SearchSpace.x must have no choice that Optuna takes for equal to 1, not True. Drop one",
    ),
    "1 and 1.0": (
        HyperParameter("x", "choice", 1, choices=("a", 1, 1.0)),
        "SearchSpace.x must have no choice that Optuna takes for equal to 1, not 1.0.",
    ),
    "a last step that no float is": (
        HyperParameter("x", "real", 770184490.0, 770184490.0, 856041825.0, step=45550107.994140625),
        "SearchSpace.x must be a range that Optuna takes (its last step has too many digits), not "
        "(770184490.0, 856041825.0, 45550107.994140625). Round the step, or narrow the range.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_optuna_cannot_say_is_told(what: str) -> None:
    one, message = REFUSED[what]

    with pytest.raises(SpaceError, match=re.escape(message)):
        to_optuna(SpaceVersion(1, (one,)))


@given(...)
def test_a_hyper_parameter_comes_back_from_optuna_or_is_refused(one: HyperParameter) -> None:
    one = replace(one, is_searched=True, active_when="")
    space = SpaceVersion(1, (one,))
    try:
        written = to_optuna(space)
    except SpaceError:
        assert is_beyond_optuna(one)
        return
    back = from_optuna(written).version.hyper_parameters[0]

    if one.step is None:
        assert rules(back) == rules(one)
        return
    assert (back.kind, back.low) == (one.kind, one.low)
    assert back.step == pytest.approx(one.step) or (one.step, back.step) == (1, None)
    n_levels, n_back = Encoding(space).n_levels, Encoding(SpaceVersion(1, (back,))).n_levels
    assume(n_levels[0] is not None and n_levels[0] < 2**40)
    assert n_levels == n_back


def is_beyond_optuna(one: HyperParameter) -> bool:
    if one.kind == "choice":
        has_tuples = any(isinstance(choice, tuple) for choice in one.choices)
        return has_tuples or len({*one.choices}) < len(one.choices)
    if one.step is None:
        return False
    return one.log or (one.high - one.low) / one.step > 1e15 or has_too_many_digits(one)


def has_too_many_digits(one: HyperParameter) -> bool:
    """Whether the last step is not what a float of it reads as."""
    (n_levels,) = Encoding(SpaceVersion(1, (one,))).n_levels
    last = Fraction(str(one.low)) + (n_levels - 1) * Fraction(str(one.step))
    return Fraction(str(float(last))) != last


def test_what_optuna_asks_for_lies_in_the_space() -> None:
    space = Space()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    for _ in range(20):
        config = study.ask(to_optuna(space, with_held=True)).params

        assert space.version.contains(config)


def test_what_lies_in_the_space_is_taken_by_optuna() -> None:
    space = Space()
    study, distributions = optuna.create_study(), to_optuna(space, with_held=True)
    encoding = Encoding(space.version)
    for config in encoding.decode(np.random.default_rng(0).random((20, encoding.n_dims))):
        study.enqueue_trial(config)

        assert study.ask(distributions).params == config
        assert all(
            one._contains(one.to_internal_repr(config[name])) for name, one in distributions.items()
        )
