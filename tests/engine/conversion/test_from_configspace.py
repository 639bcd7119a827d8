from __future__ import annotations

import re
from typing import Any

import pytest
from ConfigSpace import (
    AndConjunction,
    BetaIntegerHyperparameter,
    CategoricalHyperparameter,
    Configuration,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenEqualsRelation,
    ForbiddenGreaterThanEqualsClause,
    ForbiddenGreaterThanEqualsRelation,
    ForbiddenGreaterThanRelation,
    ForbiddenInClause,
    ForbiddenLessThanClause,
    ForbiddenLessThanEqualsClause,
    ForbiddenLessThanEqualsRelation,
    ForbiddenLessThanRelation,
    ForbiddenOrConjunction,
    ForbiddenValueError,
    GreaterThanCondition,
    InCondition,
    Integer,
    LessThanCondition,
    NormalFloatHyperparameter,
    NotEqualsCondition,
    OrConjunction,
    OrdinalHyperparameter,
)
from tuneboard.engine.conversion.from_configspace import from_configspace
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter


def space_of(*more: Any) -> ConfigurationSpace:
    space = ConfigurationSpace(seed=0)
    space.add(
        CategoricalHyperparameter("kernel", ["rbf", "poly", "linear"], default_value="poly"),
        OrdinalHyperparameter("size", ["s", "m", "l"], default_value="m"),
        Integer("depth", (1, 9), default=5),
        Integer("leaves", (-9, 9), default=2),
        Float("lr", (0.25, 4.0), log=True),
        Constant("held", "a"),
    )
    space.add(*more)
    return space


def read_one(hyper_parameter: Any) -> HyperParameter:
    space = ConfigurationSpace()
    space.add(hyper_parameter)
    return from_configspace(space)[hyper_parameter.name]


def test_kinds_ranges_and_defaults_are_read() -> None:
    space = from_configspace(space_of())

    assert space.config == {
        "depth": 5,
        "held": "a",
        "kernel": "poly",
        "leaves": 2,
        "lr": 1.0,
        "size": "m",
    }
    assert (space["lr"].low, space["lr"].high, space["lr"].log) == (0.25, 4.0, True)
    assert (space["depth"].kind, space["depth"].low, space["depth"].high) == ("int", 1, 9)
    assert (space["size"].choices, space["size"].ordered) == (("s", "m", "l"), True)
    assert (space["kernel"].choices, space["kernel"].ordered) == (("rbf", "poly", "linear"), False)
    assert not space["held"].is_searched
    assert {one.source for one in space.version.hyper_parameters} == {"from ConfigSpace"}


def test_of_other_distributions_the_bounds_are_taken_over_and_the_source_says_so() -> None:
    normal = read_one(NormalFloatHyperparameter("x", mu=0.5, sigma=1, lower=0.1, upper=2, log=True))
    beta = read_one(BetaIntegerHyperparameter("x", alpha=2, beta=3, lower=1, upper=9))

    assert (normal.kind, normal.low, normal.high, normal.log) == ("real", 0.1, 2.0, True)
    assert normal.source == "the bounds of ConfigSpace's NormalFloat"
    assert (beta.kind, beta.low, beta.high) == ("int", 1, 9)
    assert beta.source == "the bounds of ConfigSpace's BetaInteger"


def test_the_source_says_that_weights_are_dropped() -> None:
    uneven = CategoricalHyperparameter("x", ["a", "b"], weights=[1, 3])
    even = CategoricalHyperparameter("x", ["a", "b"], weights=[2, 2])

    assert read_one(uneven).source == "from ConfigSpace, without the weights"
    assert read_one(even).source == "from ConfigSpace"


X = Float("x", (0.0, 1.0))
S = space_of()

CONDITIONS: dict[str, Any] = {
    "kernel == 'rbf'": EqualsCondition(X, S["kernel"], "rbf"),
    "leaves in {-3}": EqualsCondition(X, S["leaves"], -3),
    "not (kernel == 'rbf')": NotEqualsCondition(X, S["kernel"], "rbf"),
    "kernel in {'rbf', 'poly'}": InCondition(X, S["kernel"], ["rbf", "poly"]),
    "depth > 5": GreaterThanCondition(X, S["depth"], 5),
    "leaves < -5": LessThanCondition(X, S["leaves"], -5),
    "size in {'s', 'm'}": LessThanCondition(X, S["size"], "l"),
    "0 == 1": GreaterThanCondition(X, S["size"], "l"),
    "(kernel == 'rbf') and (lr < 2.0)": AndConjunction(
        EqualsCondition(X, S["kernel"], "rbf"), LessThanCondition(X, S["lr"], 2.0)
    ),
    "(kernel == 'rbf') or (depth == 3)": OrConjunction(
        EqualsCondition(X, S["kernel"], "rbf"), EqualsCondition(X, S["depth"], 3)
    ),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_is_read_and_allows_the_same(text: str) -> None:
    space = space_of(X, CONDITIONS[text])
    read = from_configspace(space)

    assert read["x"].active_when == text
    assert all(read.version.contains(plain(one)) for one in space.sample_configuration(50))


def plain(config: Any) -> dict[str, Any]:
    return {
        name: value.item() if hasattr(value, "item") else value for name, value in config.items()
    }


FORBIDDEN: dict[str, Any] = {
    "not (kernel == 'rbf')": ForbiddenEqualsClause(S["kernel"], "rbf"),
    "not (kernel in {'rbf', 'linear'})": ForbiddenInClause(S["kernel"], ["rbf", "linear"]),
    "not (depth < 3)": ForbiddenLessThanClause(S["depth"], 3),
    "not (depth <= 3)": ForbiddenLessThanEqualsClause(S["depth"], 3),
    "not (depth >= 7)": ForbiddenGreaterThanEqualsClause(S["depth"], 7),
    "not (size == 'l')": ForbiddenGreaterThanEqualsClause(S["size"], "l"),
    "not (depth == leaves)": ForbiddenEqualsRelation(S["depth"], S["leaves"]),
    "not (depth < leaves)": ForbiddenLessThanRelation(S["depth"], S["leaves"]),
    "not (depth <= leaves)": ForbiddenLessThanEqualsRelation(S["depth"], S["leaves"]),
    "not (leaves > depth)": ForbiddenGreaterThanRelation(S["leaves"], S["depth"]),
    "not (leaves >= depth)": ForbiddenGreaterThanEqualsRelation(S["leaves"], S["depth"]),
    "not ((kernel == 'rbf') and (depth == 3))": ForbiddenAndConjunction(
        ForbiddenEqualsClause(S["kernel"], "rbf"), ForbiddenEqualsClause(S["depth"], 3)
    ),
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_forbidden_clause_is_read_and_forbids_the_same(text: str) -> None:
    clause = FORBIDDEN[text]
    read = from_configspace(space_of(clause))
    free = space_of().sample_configuration(200)
    strict = space_of(clause)

    assert read.constraints == (text,)
    for config in free:
        assert read.version.contains(plain(config)) is is_valid(strict, dict(config))


def is_valid(space: ConfigurationSpace, config: dict[str, Any]) -> bool:
    try:
        Configuration(space, values=config).check_valid_configuration()
    except ForbiddenValueError:
        return False
    return True


def test_what_forbids_one_thing_or_another_becomes_two_constraints() -> None:
    either = ForbiddenOrConjunction(
        ForbiddenEqualsClause(S["kernel"], "rbf"), ForbiddenEqualsClause(S["depth"], 3)
    )

    assert from_configspace(space_of(either)).constraints == (
        "not (kernel == 'rbf')",
        "not (depth == 3)",
    )


def test_names_that_are_no_words_stand_in_backticks() -> None:
    space = ConfigurationSpace({"classifier:C": (0.0, 1.0), "max depth": (1, 9)})
    space.add(GreaterThanCondition(space["classifier:C"], space["max depth"], 3))

    assert from_configspace(space)["classifier:C"].active_when == "`max depth` > 3"


def test_choices_that_are_no_plain_values_are_told() -> None:
    space = ConfigurationSpace()
    space.add(CategoricalHyperparameter("f", [len, max]))

    with pytest.raises(
        SpaceError, match=re.escape("SearchSpace.f must have choices that are text")
    ):
        from_configspace(space)


@pytest.mark.parametrize("source", [None, {}, Float("x", (0, 1))])
def test_what_is_no_configuration_space_is_told(source: Any) -> None:
    message = "from_configspace must be given a ConfigurationSpace, not .* Make one by ConfigSpace"
    with pytest.raises(SpaceError, match=message):
        from_configspace(source)


def test_kinds_and_conditions_of_another_origin_are_told() -> None:
    class OwnKind(Constant):
        pass

    class OwnCondition(EqualsCondition):
        pass

    assert read_one(OwnKind("x", 3)).value == 3
    space = space_of(X, OwnCondition(X, S["kernel"], "rbf"))
    message = "SearchSpace.x.active_when must be a condition or clause that is known here, not"
    with pytest.raises(SpaceError, match=message):
        from_configspace(space)
