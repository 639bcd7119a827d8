from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import param
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine import Choice, Int, Real, SearchSpace, plain
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


class Space(SearchSpace):
    lr = Real(1e-2, bounds=(1e-4, 1.0), log=True)
    depth = Int(3, bounds=(1, 9))
    kernel = Choice("rbf", choices=["rbf", "poly"])


@pytest.fixture
def space() -> Space:
    return Space()


@cache
def attribute(name: str) -> str:
    """Where a space keeps the hyper-parameter, found without asking its own rule."""
    space = SearchSpace.of([HyperParameter(name, "int", 3, 1, 9)])
    return next(one for one in space.param if one != "name")


def described(space: SearchSpace) -> dict[str, Any]:
    """Return what the parameters themselves say, as the records say it."""
    found = {}
    for name in space.names:
        parameter = space.param[attribute(name)]
        is_choice = isinstance(parameter, param.Selector)
        found[name] = {
            "value": getattr(space, attribute(name)),
            "range": list(parameter.objects) if is_choice else parameter.bounds,
            "rules": None if is_choice else (parameter.log, parameter.step),
            "is_searched": parameter.is_searched,
        }
    return found


def recorded(space: SearchSpace) -> dict[str, Any]:
    return {
        one.name: {
            "value": one.value,
            "range": list(one.choices) if one.kind == "choice" else (one.low, one.high),
            "rules": None if one.kind == "choice" else (one.log, one.step),
            "is_searched": one.is_searched,
        }
        for one in space.version.hyper_parameters
    }


# Making a space


def test_the_values_of_a_declared_space_are_its_configuration(space: Space) -> None:
    assert space.config == {"lr": 0.01, "depth": 3, "kernel": "rbf"}
    assert space.names == ("lr", "depth", "kernel")


def test_a_space_is_made_with_values_of_its_own() -> None:
    assert Space(lr=0.5, depth=4.0).config == {"lr": 0.5, "depth": 4, "kernel": "rbf"}
    assert Space().config["lr"] == 0.01


def test_a_default_is_the_low_end_or_the_first_choice_when_none_is_given() -> None:
    class Bare(SearchSpace):
        lr = Real(bounds=(0.5, 1.0))
        depth = Int(bounds=(2, 9))
        kernel = Choice(choices=["poly", "rbf"])

    assert Bare().config == {"lr": 0.5, "depth": 2, "kernel": "poly"}


def test_a_space_made_with_a_value_out_of_range_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace.lr must be a real number .*, not 5\.0"):
        Space(lr=5)


DECLARATIONS: dict[str, tuple[Callable[[], param.Parameter], str]] = {
    "default outside": (
        lambda: Real(5, bounds=(0, 1)),
        "SearchSpace.x must be a real number in [0.0, 1.0], not 5.0.",
    ),
    "low above high": (
        lambda: Real(0.5, bounds=(1, 0)),
        "SearchSpace.x must have low < high, not (1.0, 0.0). Swap the two bounds.",
    ),
    "log from zero": (
        lambda: Real(0.5, bounds=(0, 1), log=True),
        "SearchSpace.x must have low > 0 on a log scale, not 0.0.",
    ),
    "half a number": (lambda: Int(1.5, bounds=(0, 3)), "SearchSpace.x must be a whole number"),
    "no choices": (
        lambda: Choice(choices=[]),
        "SearchSpace.x must have at least one choice, not []",
    ),
    "no choices, but a default": (
        lambda: Choice("a", choices=[]),
        "SearchSpace.x must have at least one choice, not []",
    ),
    "default is no choice": (
        lambda: Choice("q", choices=["a"]),
        "SearchSpace.x must be one of ['a'], not 'q'.",
    ),
    "no range": (
        lambda: Real(1, bounds=None),
        "SearchSpace.x.low must have bounds=(low, high), not None. Give both.",
    ),
    "plain param without a range": (
        lambda: param.Number(0.5),
        "SearchSpace.x.low must have bounds=(low, high), not None. Give both.",
    ),
    "plain param without one end": (
        lambda: param.Integer(5, bounds=(0, None)),
        "SearchSpace.x.high must have bounds=(low, high), not (0, None). Give both.",
    ),
    "one bound": (lambda: Real(1, bounds=(1,)), "Real.bounds must be (low, high), not (1,)."),
    "three bounds": (lambda: Int(1, bounds=(1, 2, 3)), "Int.bounds must be (low, high), not (1,"),
    "a text for choices": (
        lambda: Choice(choices="rbf"),
        "Choice.choices must be a list of choices, not 'rbf'. Give a list.",
    ),
    "nothing for choices": (lambda: Choice(choices=None), "Choice.choices must be a list of"),
    "unhashable choices": (
        lambda: Choice(choices=[[1], [2]]),
        "SearchSpace.x must have choices that are text, numbers, True, False, None or tuples of "
        "these, not [1].",
    ),
    "a scale in words": (
        lambda: Real(1, bounds=(1, 2), log="yes"),
        "SearchSpace.x.log must be True or False, not 'yes'. Give one of the two.",
    ),
    "plain text": (
        lambda: param.String("adam"),
        "SearchSpace.x must be declared as Real, Int, Choice, param.Number, param.Integer, "
        "param.Boolean or param.Selector, not 'String'. Keep what does not vary outside",
    ),
    "plain date": (lambda: param.Date(), "SearchSpace.x must be declared as Real, Int, Choice"),
    "plain list": (
        lambda: param.ListSelector(default=["a"], objects=["a", "b"]),
        "SearchSpace.x must be declared as Real, Int, Choice",
    ),
}


@pytest.mark.parametrize("case", DECLARATIONS)
def test_a_bad_declaration_is_refused_with_the_name_when_the_class_is_made(case: str) -> None:
    declare, message = DECLARATIONS[case]

    with pytest.raises(SpaceError, match=re.escape(message)):

        class Bad(SearchSpace):
            x = declare()


def test_plain_parameters_may_be_declared_too() -> None:
    class Mixed(SearchSpace):
        momentum = param.Number(0.5, bounds=(0, 1))
        layers = param.Integer(3, bounds=(1, 4))
        kernel = param.Selector(default="rbf", objects=["rbf", "poly"])
        shuffle = param.Boolean(True)

    mixed = Mixed()
    mixed.shuffle = False
    mixed.edit("layers", low=4, high=9)

    assert mixed.config == {"momentum": 0.5, "layers": 4, "kernel": "rbf", "shuffle": False}
    assert mixed["shuffle"].choices == (False, True)
    assert mixed.layers == 4


def test_ends_that_plain_param_leaves_out_are_never_proposed() -> None:
    class Open(SearchSpace):
        share = param.Number(0.5, bounds=(0, 1), inclusive_bounds=(False, False))
        tiny = param.Number(1e-9, bounds=(0, 1), inclusive_bounds=(False, True))
        layers = param.Integer(3, bounds=(0, 9), inclusive_bounds=(False, False))

    space = Open()
    assert (space["share"].low, space["share"].high) == (1e-6, 1 - 1e-6)
    assert (space["tiny"].low, space["tiny"].high) == (1e-9, 1.0)
    assert (space["layers"].low, space["layers"].high) == (1, 8)
    space.apply({one.name: one.low for one in space.version.hyper_parameters})
    space.edit("layers", low=0, value=0)
    assert space.config == {"share": 1e-6, "tiny": 1e-9, "layers": 0}


def test_soft_bounds_of_plain_param_are_the_range_where_it_has_no_others() -> None:
    class Soft(SearchSpace):
        rate = param.Number(0.1, softbounds=(0, 0.5))
        size = param.Number(2.0, bounds=(0, None), softbounds=(1, 8))

    space = Soft()
    assert (space["rate"].low, space["rate"].high) == (0.0, 0.5)
    assert (space["size"].low, space["size"].high) == (0.0, 8.0)


def test_a_constant_of_plain_param_is_held_until_it_is_edited() -> None:
    class Held(SearchSpace):
        rate = param.Number(0.1, bounds=(0, 1), constant=True)

    space = Held()
    assert not space["rate"].is_searched
    space.edit("rate", is_searched=True, value=0.7)
    assert (space.rate, Held().rate) == (0.7, 0.1)


def test_plain_parameters_may_be_left_open() -> None:
    class Plain(SearchSpace):
        rate = param.Number(0.1, bounds=(0, 1))
        kernel = param.Selector(objects=["rbf", "poly"])
        shuffle = param.Boolean(True)

    space = Plain()
    for name in space.names:
        space.edit(name, value=None, is_searched=False)
    assert space.config == {}


def test_choices_with_labels_are_what_the_labels_stand_for() -> None:
    class Labelled(SearchSpace):
        size = Choice(choices={"small": 16, "large": 64})
        depth = param.Selector(objects={"flat": 1, "deep": 9})

    assert Labelled()["size"].choices == (16, 64)
    assert Labelled()["depth"].choices == (1, 9)


def test_choices_may_come_as_a_numpy_array() -> None:
    class Numpy(SearchSpace):
        C = Choice(np.float64(1), choices=np.logspace(-1, 1, 3))

    space = Numpy()
    space.C = np.float64(10)
    assert space.config == {"C": 10.0}
    assert space.version["C"].choices == (0.1, 1.0, 10.0)
    assert plain.loads(plain.dumps(Numpy().to_dict())) == Numpy().to_dict()


def test_two_spaces_of_one_class_do_not_share_anything() -> None:
    one, other = Space(), Space()

    one.param.lr.bounds = (0.1, 0.5)
    one.edit("kernel", choices=["linear"])

    assert other.config == {"lr": 0.01, "depth": 3, "kernel": "rbf"}
    assert other.param.lr.bounds == (1e-4, 1.0)
    assert Space().version == other.version


def test_a_subclass_adds_to_the_hyper_parameters_of_its_base() -> None:
    class More(Space):
        gamma = Real(0.1, bounds=(0.0, 1.0))

    assert set(More().config) == {"lr", "depth", "kernel", "gamma"}


def test_the_same_name_twice_is_refused() -> None:
    one = HyperParameter("lr", "real", 0.5, 0.0, 1.0)

    with pytest.raises(SpaceError, match="SearchSpace must have each name once, not 'lr'"):
        SearchSpace.of([one, one])


# Names that the space itself needs


@pytest.mark.parametrize(
    "name", ["name", "param", "config", "edit", "_version", "name_", "__init__"]
)
def test_a_hyper_parameter_may_have_a_name_that_the_space_needs(name: str) -> None:
    space = SearchSpace.of([HyperParameter(name, "real", 0.5, 0.0, 1.0)])

    space.edit(name, high=2.0, value=1.5)
    space.apply({name: 0.25})

    assert space.config == {name: 0.25}
    assert space.version[name].high == 2.0
    assert SearchSpace.from_dict(space.to_dict()).version == space.version


def test_names_that_are_taken_may_stand_side_by_side_with_their_escapes() -> None:
    names = ("name", "name_", "name__", "param", "param_")
    space = SearchSpace.of([HyperParameter(name, "int", 1, 1, 9) for name in names])

    for value, name in enumerate(names, 2):
        space.edit(name, value=value)

    assert space.config == dict(zip(names, range(2, 7), strict=True))


def test_a_name_that_is_taken_is_declared_and_assigned_with_an_underscore_behind() -> None:
    class Reserved(SearchSpace):
        name_ = Real(0.5, bounds=(0, 1))
        param_ = Int(2, bounds=(1, 5))

    reserved = Reserved(name=0.25)
    reserved.param_ = 4
    reserved.param.name_.bounds = (0, 0.3)

    assert reserved.config == {"name": 0.25, "param": 4}
    assert reserved.version["name"].high == 0.3
    with pytest.raises(SpaceError, match=r"SearchSpace.name must be a real number in \[0.0, 0.3\]"):
        reserved.name_ = 0.5


@pytest.mark.parametrize("name", ["name", "param", "config", "edit"])
def test_a_name_that_is_taken_is_refused_when_declared_as_it_is(name: str) -> None:
    with pytest.raises(SpaceError, match=rf"SearchSpace.{name} is taken .* Declare {name}_;"):
        type(SearchSpace)("Bad", (SearchSpace,), {name: Real(0.5, bounds=(0, 1))})


@pytest.mark.parametrize("name", ["param", "config", "edit"])
def test_a_name_that_is_taken_is_refused_of_plain_param_too(name: str) -> None:
    with pytest.raises(SpaceError, match=rf"SearchSpace.{name} is taken .* Declare {name}_;"):
        type(SearchSpace)("Bad", (SearchSpace,), {name: param.Number(0.5, bounds=(0, 1))})


def test_a_space_may_have_a_name_by_plain_param() -> None:
    class Named(SearchSpace):
        name = param.String("mine")
        lr = Real(0.1, bounds=(0, 1))

    assert Named().config == {"lr": 0.1}


# Direct assignment


def test_an_assigned_value_is_the_configuration_at_once(space: Space) -> None:
    space.lr = 0.05

    assert space.config["lr"] == 0.05
    assert space.version["lr"].value == 0.05


@pytest.mark.parametrize("value", [5, 0, "text", None, float("nan"), True])
def test_a_bad_value_is_refused_and_changes_nothing(space: Space, value: Any) -> None:
    before = space.to_dict()

    with pytest.raises(
        SpaceError, match=r"SearchSpace.lr must be a real number in \[0.0001, 1.0\]"
    ):
        space.lr = value

    assert space.lr == 0.01
    assert space.to_dict() == before


def test_an_assigned_number_is_cleaned(space: Space) -> None:
    space.depth = np.int64(4)
    assert (space.depth, type(space.depth)) == (4, int)
    space.depth = 5.0
    assert (space.depth, type(space.depth)) == (5, int)


def test_assigned_bounds_move_the_range_and_the_value(space: Space) -> None:
    space.param.lr.bounds = (0.1, 0.5)

    assert (space.version["lr"].low, space.version["lr"].high) == (0.1, 0.5)
    assert space.lr == space.config["lr"] == 0.1


def test_assigned_bounds_that_keep_the_value_leave_it(space: Space) -> None:
    space.param.lr.bounds = (1e-3, 10)

    assert space.lr == 0.01
    assert space.param.lr.bounds == (1e-3, 10.0)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((1, 0.1), "SearchSpace.lr must have low < high, not (1.0, 0.1). Swap the two bounds."),
        ((0, 1), "SearchSpace.lr must have low > 0 on a log scale, not 0.0."),
        (("a", 1), "SearchSpace.lr.low must be a finite number, not 'a'."),
        (None, "SearchSpace.lr.low must be a finite number, not None."),
        (5, "SearchSpace.lr.bounds must be (low, high), not 5. Give two numbers."),
        ((1, 2, 3), "SearchSpace.lr.bounds must be (low, high), not (1, 2, 3)."),
    ],
)
def test_bad_bounds_are_refused_and_put_back(space: Space, bounds: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=re.escape(message)):
        space.param.lr.bounds = bounds

    assert space.param.lr.bounds == (1e-4, 1.0)
    assert space.config["lr"] == space.lr == 0.01
    assert space.version.number == 1


def test_assigned_choices_move_the_value_to_one_that_is_left(space: Space) -> None:
    space.param.kernel.objects = ["linear", "poly"]

    assert space.kernel == space.config["kernel"] == "linear"
    assert space.version["kernel"].choices == ("linear", "poly")


def test_choices_may_be_appended_and_assigned_with_labels(space: Space) -> None:
    space.param.kernel.objects.append("linear")
    assert space.version["kernel"].choices == ("rbf", "poly", "linear")

    space.param.kernel.objects = {"polynomial": "poly", "straight": "linear"}
    assert space.version["kernel"].choices == ("poly", "linear")
    assert space.kernel == "poly"


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ([], "SearchSpace.kernel must have at least one choice, not []."),
        (["rbf", "rbf"], "SearchSpace.kernel must have each choice once, not 'rbf'."),
        ([object], "SearchSpace.kernel must have choices that are text, numbers"),
        (3, "SearchSpace.kernel.objects must be a list of choices, not 3. Give a list."),
        ("rbf", "SearchSpace.kernel.objects must be a list of choices, not 'rbf'."),
    ],
)
def test_bad_choices_are_refused_and_put_back(space: Space, choices: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=re.escape(message)):
        space.param.kernel.objects = choices

    assert list(space.param.kernel.objects) == ["rbf", "poly"]
    assert space.config["kernel"] == space.kernel == "rbf"


def test_a_scale_a_step_and_whether_it_is_searched_are_assigned_like_bounds(space: Space) -> None:
    space.param.lr.log = False
    space.param.depth.step = 2
    space.param.kernel.is_searched = False

    version = space.version
    assert (version["lr"].log, version["depth"].step) == (False, 2)
    assert version.fixed == {"kernel": "rbf"}


def test_a_bad_step_is_refused_and_put_back(space: Space) -> None:
    with pytest.raises(
        SpaceError, match=r"SearchSpace.depth must have a step in \(0, 8\], not 200"
    ):
        space.param.depth.step = 200

    assert space.param.depth.step is None


def test_several_values_are_assigned_in_one_go(space: Space) -> None:
    space.param.update(lr=0.5, depth=9)

    assert space.config == {"lr": 0.5, "depth": 9, "kernel": "rbf"}


def test_one_bad_value_among_several_puts_the_others_back(space: Space) -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace.depth must be a whole number .*, not 99"):
        space.param.update(lr=0.5, depth=99)

    assert (space.lr, space.depth) == (0.01, 3)
    space.kernel = "poly"  # delivers what `update` had queued
    assert space.config == {"lr": 0.01, "depth": 3, "kernel": "poly"}


def test_a_watcher_may_set_one_hyper_parameter_by_another() -> None:
    class Coupled(SearchSpace):
        lr = Real(0.5, bounds=(0, 1))
        depth = Int(1, bounds=(0, 3))

        @param.depends("lr", watch=True)
        def follow(self) -> None:
            self.depth = 3 if self.lr > 0.6 else 0

    coupled = Coupled()
    coupled.lr = 0.9
    assert coupled.config == {"lr": 0.9, "depth": 3}
    coupled.edit("lr", value=0.1)
    assert coupled.config == {"lr": 0.1, "depth": 0}
    coupled.edit("lr", low=0.7)
    assert coupled.config == {"lr": 0.7, "depth": 3}


# Edits


def test_an_edit_changes_record_and_parameter(space: Space) -> None:
    space.edit("depth", low=2, high=20, value=15, step=1)

    assert space.depth == 15
    assert (space.param.depth.bounds, space.param.depth.step) == ((2, 20), 1)
    assert described(space) == recorded(space)


def test_an_edit_may_replace_all_choices_at_once(space: Space) -> None:
    space.edit("kernel", choices=["linear"])

    assert space.kernel == space.config["kernel"] == "linear"


def test_a_refused_edit_changes_nothing_at_all(space: Space) -> None:
    before = space.to_dict()

    with pytest.raises(SpaceError, match="SearchSpace.depth must have low < high"):
        space.edit("depth", high=5, low=7)

    assert space.to_dict() == before
    assert described(space) == recorded(space)


def test_an_edit_of_an_unknown_hyper_parameter_is_refused(space: Space) -> None:
    with pytest.raises(SpaceError, match="SearchSpace must have one of .*'depth'.*, not 'dep'"):
        space.edit("dep", low=2)


def test_an_edit_of_an_unknown_property_is_refused(space: Space) -> None:
    for name, change in (("depth", "kind"), ("depth", "choices"), ("kernel", "low")):
        with pytest.raises(SpaceError, match=f"SearchSpace.{name} must be edited by .* '{change}'"):
            space.edit(name, **{change: 1})

    assert space.version.number == 1


def test_a_configuration_is_applied_as_a_whole(space: Space) -> None:
    space.apply({"lr": 0.5, "kernel": "poly"})

    assert space.config == {"lr": 0.5, "depth": 3, "kernel": "poly"}
    assert space.kernel == "poly"


@pytest.mark.parametrize("bad", [{"depth": 99}, {"C": 1.0}])
def test_a_configuration_with_one_bad_value_is_not_applied_at_all(
    space: Space, bad: dict[str, Any]
) -> None:
    with pytest.raises(SpaceError, match=f"SearchSpace.*{next(iter(bad))}"):
        space.apply({"lr": 0.5, **bad})

    assert space.config == {"lr": 0.01, "depth": 3, "kernel": "rbf"}


# Versions


def test_the_value_of_what_is_searched_makes_no_new_version(space: Space) -> None:
    space.lr = 0.5

    assert space.version.number == 1


def test_each_change_of_what_may_vary_makes_a_new_version(space: Space) -> None:
    numbers = []
    for changes in ({"high": 12}, {"step": 2}, {"is_searched": False}, {"value": 5}):
        space.edit("depth", **changes)
        numbers.append(space.version.number)

    assert numbers == [2, 3, 4, 5]


def test_an_edit_that_changes_nothing_makes_no_new_version(space: Space) -> None:
    space.edit("depth", low=1, high=9.0)
    space.param.depth.bounds = (1, 9)

    assert space.version.number == 1


def test_an_old_version_stays_as_it_was(space: Space) -> None:
    before = space.version
    space.edit("depth", high=12)

    assert before["depth"].high == 9


def test_one_and_true_are_two_choices() -> None:
    class Features(SearchSpace):
        max_features = Choice(1, choices=[1, True, 1.0], is_searched=False)

    features = Features()
    for value in (True, 1.0, 1):
        features.max_features = value
        assert type(features.max_features) is type(value)
        assert type(features.version.fixed["max_features"]) is type(value)
    assert features.version.number == 4


def test_a_version_of_another_place_is_taken_over_with_its_number(space: Space) -> None:
    other = Space()
    other.edit("depth", low=5)
    other.edit("kernel", choices=["linear"])

    space.move_to(other.version)

    assert space.version == other.version
    assert space.version.number == 3
    assert (space.depth, space.kernel) == (5, "linear")


def test_callbacks_hear_of_each_change_whoever_made_it(space: Space) -> None:
    heard: list[dict[str, Any]] = []
    stop = space.on_change(lambda: heard.append(space.config))

    space.lr = 0.5
    space.edit("depth", high=5, value=4)
    space.edit("depth", high=5)
    stop()
    space.lr = 0.6

    assert [(one["lr"], one["depth"]) for one in heard] == [(0.5, 3), (0.5, 4)]


def test_callbacks_hear_nothing_of_a_refused_change(space: Space) -> None:
    heard: list[int] = []
    space.on_change(lambda: heard.append(space.version.number))

    with pytest.raises(SpaceError, match="SearchSpace.lr must have low < high"):
        space.param.lr.bounds = (1, 0.5)

    assert heard == []


def test_an_unset_value_is_no_part_of_the_configuration() -> None:
    space = SearchSpace.of([HyperParameter("max_depth", "int", None, 1, 9, is_searched=False)])

    assert space.config == {}
    space.edit("max_depth", is_searched=True)
    assert space.config == {"max_depth": 1}


# Any space, any edit


@given(st.from_type(SpaceVersion))
def test_any_space_survives_the_way_through_text(version: SpaceVersion) -> None:
    space = SearchSpace.from_dict(plain.loads(plain.dumps(version.to_dict())))

    assert repr(space.version) == repr(version)
    assert repr(described(space)) == repr(recorded(space))
    assert SearchSpace.from_dict(space.to_dict()).version == version


BOUND = st.one_of(st.floats(-10, 10), st.integers(-10, 10), st.sampled_from([None, "1"]))
SLOTS: dict[str, st.SearchStrategy[Any]] = {
    "value": st.one_of(BOUND, st.text(max_size=2), st.booleans()),
    "low": BOUND,
    "high": BOUND,
    "log": st.booleans(),
    "step": st.one_of(st.none(), st.floats(-1, 5), st.integers(-1, 5)),
    "choices": st.lists(
        st.one_of(st.integers(0, 2), st.booleans(), st.text(max_size=1)), max_size=3
    ),
    "is_searched": st.booleans(),
    "active_when": st.sampled_from(["", "lr > 0", "name == 'x'", "lr <", "not (lr < 1)"]),
    "label": st.text(max_size=2),
}
CHANGES = st.fixed_dictionaries({}, optional=SLOTS)


def edit(space: SearchSpace, name: str, changes: dict[str, Any]) -> None:
    space.edit(name, **changes)


def assign(space: SearchSpace, name: str, changes: dict[str, Any]) -> None:
    """Assign what there is to assign, directly."""
    parameter = space.param[attribute(name)]
    if "value" in changes:
        setattr(space, attribute(name), changes["value"])
    if "low" in changes and hasattr(parameter, "bounds"):
        parameter.bounds = (changes["low"], changes.get("high", 10))
    if "choices" in changes and hasattr(parameter, "objects"):
        parameter.objects = changes["choices"]
    for slot in ("log", "step", "is_searched", "active_when"):
        if slot in changes and hasattr(parameter, slot):
            setattr(parameter, slot, changes[slot])


@given(st.from_type(SpaceVersion), st.data())
def test_any_row_of_edits_keeps_the_space_valid(version: SpaceVersion, data: st.DataObject) -> None:
    space = SearchSpace.from_dict(version.to_dict())
    rows = st.lists(
        st.tuples(st.sampled_from(version.names), st.sampled_from([edit, assign]), CHANGES),
        max_size=6,
    )
    for name, way, changes in data.draw(rows):
        before, guilty = space.version, None
        try:
            way(space, name, changes)
        except SpaceError as error:
            guilty = str(error)  # of a circle, it names all
        if guilty is not None:
            assert name in guilty
            assert way is assign or space.version is before  # an edit is all or nothing
        assert repr(described(space)) == repr(recorded(space))
        conditions = space.version.conditions
        assert space.version.contains(space.config) or conditions.broken(space.config)
        values = {one.name: one.value for one in space.version.hyper_parameters if not one.is_unset}
        assert space.config == conditions.active(values)
        assert (space.version == before) or space.version.number >= before.number
        rebuilt = SearchSpace.from_dict(plain.loads(plain.dumps(space.to_dict())))
        assert repr(rebuilt.version) == repr(space.version)


# Conditions and constraints


class Trees(SearchSpace):
    max_depth = Int(4, bounds=(1, 12), label="Depth", unit="levels")
    num_leaves = Int(7, bounds=(2, 255), log=True)
    booster = Choice("gbtree", choices=["gbtree", "dart"])
    rate_drop = Real(0.1, bounds=(0, 1), active_when="booster == 'dart'")
    size = Choice("M", choices=["S", "M", "L"], ordered=True)
    constraints = ("num_leaves < 2 ** max_depth",)


def test_conditions_labels_units_and_order_are_declared_with_the_rest() -> None:
    space = Trees()
    assert space["rate_drop"].active_when == "booster == 'dart'"
    assert (space["max_depth"].label, space["max_depth"].unit) == ("Depth", "levels")
    assert space["num_leaves"].label == ""
    assert space["size"].ordered
    assert not space["booster"].ordered
    assert space.constraints == ("num_leaves < 2 ** max_depth",)


def test_the_current_configuration_has_no_inactive_value() -> None:
    space = Trees()
    assert "rate_drop" not in space.config
    space.booster = "dart"
    assert space.config["rate_drop"] == 0.1


def test_a_subclass_takes_over_constraints_or_has_its_own() -> None:
    class More(Trees):
        extra = Real(0.5, bounds=(0, 1))

    class Other(Trees):
        constraints = ("max_depth > 2",)

    assert More().constraints == Trees().constraints
    assert Other().constraints == ("max_depth > 2",)
    assert Trees().constraints == ("num_leaves < 2 ** max_depth",)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"constraints": "x < 1"}, r"SearchSpace.constraints must be a list of texts, not 'x < 1'"),
        ({"constraints": ["y < 1"]}, r"SearchSpace.constraints\[0\] must name hyper-parameters"),
        ({"constraints": [3]}, r"SearchSpace.constraints\[0\] must be text"),
        ({"x": Real(bounds=(0, 1), active_when="x > 0")}, r"SearchSpace.x.active_when must not"),
        ({"x": Real(bounds=(0, 1), active_when="y > 0")}, r"x.active_when must name hyper-param"),
        ({"x": Real(bounds=(0, 1), active_when=3)}, r"SearchSpace.x.active_when must be text"),
        ({"x": Real(bounds=(0, 1), unit=3)}, r"SearchSpace.x.unit must be text"),
        ({"constraints": Real(bounds=(0, 1))}, r"SearchSpace.constraints is taken"),
    ],
)
def test_a_bad_condition_or_constraint_is_refused_when_the_class_is_made(
    body: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpaceError, match=message):
        type("Bad", (SearchSpace,), {"x": Real(bounds=(0, 1)), **body})


def test_conditions_labels_and_order_are_edited_and_assigned_like_ranges() -> None:
    space = Trees()
    numbers = [space.version.number]
    space.edit("rate_drop", active_when="booster == 'dart' and max_depth > 3")
    numbers.append(space.version.number)
    space.param.size.ordered = False
    numbers.append(space.version.number)
    space.edit("size", label="T-shirt", unit="sizes")
    numbers.append(space.version.number)
    assert numbers == [1, 2, 3, 3]
    assert space.param.rate_drop.active_when == "booster == 'dart' and max_depth > 3"
    assert not space["size"].ordered
    assert space.param["size"].label == "T-shirt"


@pytest.mark.parametrize("none", ["", None])
def test_a_label_is_taken_back(none: str | None) -> None:
    space = Trees()
    if none is None:
        space.param["max_depth"].label = None
    else:
        space.edit("max_depth", label=none)
    assert space["max_depth"].label == ""


def test_constraints_are_replaced_as_a_whole() -> None:
    space = Trees()
    heard: list[tuple[str, ...]] = []
    space.on_change(lambda: heard.append(space.constraints))
    space.constrain("max_depth > 2", "num_leaves < 100")
    space.constrain()
    assert heard == [("max_depth > 2", "num_leaves < 100"), ()]
    assert space.version.number == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda space: space.constrain("max_depth > 2", "max_depth <"),
        lambda space: space.edit("booster", active_when="rate_drop > 0"),
        lambda space: space.edit("max_depth", active_when="num_leaves > 3 and max_depth > 3"),
        lambda space: setattr(space.param.size, "active_when", "size == 'S'"),
        lambda space: space.edit("rate_drop", active_when=None),
    ],
)
def test_a_refused_condition_or_constraint_changes_nothing(
    change: Callable[[SearchSpace], None],
) -> None:
    space = Trees()
    before = space.version
    with pytest.raises(SpaceError):
        change(space)
    assert space.version is before
    assert space.param.size.active_when == ""


def test_a_choice_that_a_condition_names_may_be_dropped() -> None:
    space = Trees()
    space.edit("booster", choices=("gbtree", "goss"))
    assert "rate_drop" not in space.config


ROW = {"name": "x", "kind": "real", "value": 0.5, "low": 0.0, "high": 1.0}
DATA: dict[str, tuple[Any, str]] = {
    "nothing": (None, "SearchSpace.from_dict must have an entry hyper_parameters, not None."),
    "an empty dict": ({}, "SearchSpace.from_dict must have an entry hyper_parameters, not {}."),
    "no rows": ({"hyper_parameters": None}, "from_dict.hyper_parameters must be a list of dicts"),
    "a row that is none": (
        {"hyper_parameters": [ROW, 1]},
        "SearchSpace.from_dict.hyper_parameters[1] must be a dict, not 1.",
    ),
    "a row without a kind": (
        {"hyper_parameters": [{"name": "x", "value": 3}]},
        "SearchSpace.from_dict.hyper_parameters[0] must have an entry kind, not {'name': 'x'",
    ),
    "an entry too many": (
        {"hyper_parameters": [{**ROW, "hihg": 3}]},
        "hyper_parameters[0] must have no entries but name, kind, value, low, high, ",
    ),
    "an unknown kind": (
        {"hyper_parameters": [{**ROW, "kind": "float"}]},
        "SearchSpace.x.kind must be one of real, int, choice, not 'float'. Check the spelling.",
    ),
    "a name that is a number": (
        {"hyper_parameters": [{**ROW, "name": 3}]},
        "SearchSpace must have names that are text, not 3. Give it a name in quotes.",
    ),
    "no name": ({"hyper_parameters": [{**ROW, "name": ""}]}, "must have names that are text"),
    "a name twice": (
        {"hyper_parameters": [ROW, ROW]},
        "SearchSpace must have each name once, not 'x'. Rename one of the two.",
    ),
    "choices that are none": (
        {"hyper_parameters": [{"name": "x", "kind": "choice", "value": 1, "choices": 5}]},
        "SearchSpace.x.choices must be a list of choices, not 5. Give a list.",
    ),
    "a switch in words": (
        {"hyper_parameters": [{**ROW, "is_searched": "no"}]},
        "SearchSpace.x.is_searched must be True or False, not 'no'.",
    ),
    "one text for constraints": (
        {"hyper_parameters": [ROW], "constraints": "x < 1"},
        "SearchSpace.constraints must be a list of texts, not 'x < 1'. Put brackets around it.",
    ),
    "a number in words": (
        {"hyper_parameters": [ROW], "number": "one"},
        "SearchSpace.from_dict.number must be a whole number of at least 1, not 'one'.",
    ),
}


@pytest.mark.parametrize("case", DATA)
def test_a_dict_that_describes_no_space_is_refused_with_the_entry(case: str) -> None:
    data, message = DATA[case]
    with pytest.raises(SpaceError, match=re.escape(message)):
        SearchSpace.from_dict(data)


def test_spaces_from_before_there_were_constraints_are_still_read() -> None:
    row = {"name": "x", "kind": "real", "value": 0.5, "low": 0.0, "high": 1.0}
    space = SearchSpace.from_dict({"number": 3, "hyper_parameters": [row]})
    assert (space.version.number, space.constraints, space["x"].active_when) == (3, (), "")


def test_a_version_goes_through_text_and_pickle_with_its_conditions() -> None:
    version = Trees().version
    assert SearchSpace.from_dict(plain.loads(plain.dumps(version.to_dict()))).version == version
    again = pickle.loads(pickle.dumps(version))
    assert again == version
    assert again.conditions.broken({"num_leaves": 99, "max_depth": 1}) == list(version.constraints)


CONSTRAINTS = st.lists(st.sampled_from(["lr > 0", "lr < 5", "`max depth` != 3"]), max_size=2)


@given(st.from_type(SpaceVersion), st.data())
def test_old_trials_stay_readable_whatever_is_done_to_the_space(
    version: SpaceVersion, data: st.DataObject
) -> None:
    space = SearchSpace.from_dict(version.to_dict())
    old: list[tuple[SpaceVersion, dict[str, Any]]] = []
    for _ in range(data.draw(st.integers(1, 4))):
        encoding = _encoding(space.version)
        if encoding is not None:
            points = st.lists(st.floats(0, 1), min_size=encoding.n_dims, max_size=encoding.n_dims)
            old.append((space.version, encoding.decode_point(data.draw(points))))
        with suppress(SpaceError):
            space.edit(data.draw(st.sampled_from(version.names)), **data.draw(CHANGES))
        with suppress(SpaceError):
            space.constrain(*data.draw(CONSTRAINTS))

    for before, config in old:
        assert before.contains(config) or before.conditions.broken(config)
    encoding = _encoding(space.version)
    if encoding is not None:
        points = encoding.encode([config for _, config in old])
        assert points.shape == (len(old), encoding.n_dims)
        assert (np.isnan(points) | ((points >= 0) & (points <= 1))).all()
        assert all(
            space.version.conditions.active(config).items() <= config.items() for _, config in old
        )


def _encoding(version: SpaceVersion) -> Encoding | None:
    try:
        return Encoding(version)
    except SpaceError:  # some of the ranges drawn are too wide for a float
        return None
