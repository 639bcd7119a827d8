from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


def encoding_of(*hyper_parameters):
    return Encoding(SpaceVersion(1, hyper_parameters))


def real(low, high, **more):
    return HyperParameter("x", "real", low, low, high, **more)


def whole(low, high, **more):
    return HyperParameter("x", "int", low, low, high, **more)


def choice(*choices):
    return HyperParameter("x", "choice", choices[0], choices=choices)


def values_at(encoding, positions):
    return [encoding.decode_point([position])["x"] for position in positions]


MIXED = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("solver", "choice", "adam", choices=("adam", "sgd"), is_searched=False),
        HyperParameter("depth", "int", 3, 1, 10),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "linear", None)),
        HyperParameter("unset", "int", None, 1, 5, is_searched=False),
    ),
)


@st.composite
def numbers(draw):
    is_int = draw(st.booleans())
    log = draw(st.booleans())
    bounds = st.integers(-1000, 1000) if is_int else st.floats(-1e6, 1e6, allow_subnormal=False)
    low = draw(bounds)
    if log:
        low = abs(low) + (1 if is_int else 1e-6)
    high = low + draw(st.integers(1, 5000) if is_int else st.floats(1e-3, 1e6))
    steps = st.integers(1, high - low) if is_int else st.floats((high - low) / 999, high - low)
    step = draw(st.none() | steps)
    return HyperParameter("x", "int" if is_int else "real", low, low, high, log=log, step=step)


@st.composite
def choices(draw):
    values = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, "a", "1"])
    return choice(*draw(st.lists(values, min_size=1, max_size=6, unique_by=lambda v: (type(v), v))))


positions = st.floats(0.0, 1.0)


@given(one=numbers() | choices(), position=positions)
def test_every_position_decodes_to_an_allowed_value_which_comes_back_from_its_point(one, position):
    encoding = encoding_of(one)
    config = encoding.decode_point([position])
    (again,) = encoding.decode(encoding.encode([config]))
    assert one.contains(config["x"])
    if encoding.n_configs is None:
        assert again["x"] == pytest.approx(config["x"], rel=1e-9, abs=(one.high - one.low) * 1e-9)
    else:
        assert encoding.key(again) == encoding.key(config)


@given(one=numbers(), first=positions, second=positions)
def test_a_higher_position_never_decodes_to_a_lower_number(one, first, second):
    low, high = values_at(encoding_of(one), sorted([first, second]))
    assert low <= high


@given(one=numbers() | choices(), n=st.integers(1, 40))
def test_spread_gives_as_many_different_values_as_there_are(one, n):
    encoding = encoding_of(one)
    values = [encoding.key({"x": v}) for v in values_at(encoding, encoding.spread("x", n))]
    (n_levels,) = encoding.n_levels
    assert len(values) == len(set(values)) == min(n, n_levels or n)


@given(one=numbers())
def test_spread_reaches_from_the_lowest_to_the_highest_value(one):
    encoding = encoding_of(one)
    lowest, highest = values_at(encoding, [0.0, 1.0])
    assert values_at(encoding, encoding.spread("x", 2)) == [lowest, highest]


def test_a_configuration_keeps_the_order_of_the_space_and_the_fixed_values():
    config = Encoding(MIXED).decode_point([0.5, 0.0, 0.99])
    assert list(config.items()) == [
        ("lr", 0.01),
        ("solver", "adam"),
        ("depth", 1),
        ("kernel", None),
    ]


def test_names_are_those_searched():
    encoding = Encoding(MIXED)
    assert encoding.names == ("lr", "depth", "kernel")
    assert encoding.n_dims == 3


def test_decoding_gives_plain_python_numbers():
    config = Encoding(MIXED).decode(np.full((1, 3), 0.4))[0]
    assert type(config["lr"]) is float
    assert type(config["depth"]) is int


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (real(0.0, 4.0), [0.0, 1.0, 2.0, 3.0, 4.0]),
        (real(0.1, 0.7), [0.1, 0.25, 0.4, 0.55, 0.7]),
        (real(1e-4, 1.0, log=True), [1e-4, 1e-3, 1e-2, 1e-1, 1.0]),
        (whole(1, 5), [1, 2, 3, 4, 5]),
        (whole(0, 10, step=5), [0, 0, 5, 10, 10]),
        (real(0.1, 0.5, step=0.1), [0.1, 0.2, 0.3, 0.4, 0.5]),
        (real(0.0, 1.0, step=0.3), [0.0, 0.3, 0.6, 0.9, 0.9]),
        (choice("a", "b"), ["a", "a", "b", "b", "b"]),
    ],
)
def test_positions_from_end_to_end_decode_to_round_values(one, expected):
    found = values_at(encoding_of(one), [0.0, 0.25, 0.5, 0.75, 1.0])
    assert found == pytest.approx(expected, rel=1e-15) if one.kind == "real" else found == expected


@pytest.mark.parametrize(
    "one", [whole(3, 9), whole(0, 12, step=3), real(0.1, 0.9, step=0.1), choice(*"abcde")]
)
def test_each_level_gets_an_equal_share_of_the_cube(one):
    encoding = encoding_of(one)
    n_levels = encoding.n_configs
    values = values_at(encoding, (np.arange(n_levels * 100) + 0.5) / (n_levels * 100))
    _, counts = np.unique(values, return_counts=True)
    assert counts.tolist() == [100] * n_levels


def test_whole_numbers_on_a_log_scale_share_the_cube_by_their_ratios():
    encoding = encoding_of(whole(1, 1000, log=True))
    values = np.array(values_at(encoding, np.linspace(0, 1, 50_001)))
    shares = [np.mean((values >= low) & (values < 10 * low)) for low in (1, 10, 100)]
    assert np.allclose(shares, 1 / 3, atol=0.05)
    assert np.mean(values == 10) == pytest.approx(math.log10(10.5 / 9.5) / 3, rel=0.1)


def test_a_step_that_leaves_a_rest_stops_below_the_high_end():
    encoding = encoding_of(whole(1, 10, step=4))
    assert encoding.n_levels == (3,)
    assert values_at(encoding, [0.0, 0.5, 1.0]) == [1, 5, 9]


def test_a_step_on_a_log_scale_may_be_larger_than_the_lowest_value():
    encoding = encoding_of(real(0.1, 10.1, log=True, step=5.0))
    assert values_at(encoding, encoding.spread("x", 3)) == [0.1, 5.1, 10.1]


def test_a_huge_range_of_whole_numbers_is_no_trouble():
    encoding = encoding_of(whole(0, 10**30))
    assert values_at(encoding, [0.0, 1.0]) == [0, 10**30]


def test_choices_encode_to_the_middles_of_their_bins():
    points = encoding_of(choice("a", "b", "c", "d")).encode([{"x": "a"}, {"x": "d"}])
    assert points[:, 0].tolist() == [0.125, 0.875]


def test_choices_that_are_equal_but_of_another_type_are_told_apart():
    points = encoding_of(choice(1, True, 1.0, "1")).encode([{"x": v} for v in (1, True, 1.0, "1")])
    assert points[:, 0].tolist() == [0.125, 0.375, 0.625, 0.875]


def test_choices_may_be_tuples():
    encoding = encoding_of(choice((50,), (50, 50)))
    assert encoding.encode([{"x": (50, 50)}])[0, 0] == 0.75
    assert encoding.decode([[0.1]]) == [{"x": (50,)}]


def test_a_value_that_cannot_be_hashed_leaves_the_others_of_its_column_alone():
    points = encoding_of(choice("a", "b")).encode([{"x": ["a"]}, {"x": "b"}, {"x": "a"}])
    assert np.isnan(points[0, 0])
    assert points[1:, 0].tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("one", "value", "expected"),
    [
        (real(0.0, 1.0), -3.0, 0.0),
        (real(0.0, 1.0), 3, 1.0),
        (real(0.0, 1.0), math.inf, 1.0),
        (real(1e-3, 1.0, log=True), -1.0, 0.0),
        (whole(1, 4), 9, 0.875),
        (whole(1, 4), np.int64(2), 0.375),
        (real(0.0, 1.0), np.float32(0.5), 0.5),
    ],
)
def test_numbers_outside_the_range_are_moved_to_the_nearer_bound(one, value, expected):
    assert encoding_of(one).encode([{"x": value}])[0, 0] == expected


@pytest.mark.parametrize("one", [real(0.0, 1.0), whole(1, 9, log=True), choice("a", "b")])
@pytest.mark.parametrize("config", [{}, {"x": None}, {"x": "gone"}, {"x": [1]}, {"x": math.nan}])
def test_a_value_that_is_missing_or_unknown_becomes_nan(one, config):
    assert np.isnan(encoding_of(one).encode([config])[0, 0])


def test_one_unknown_value_leaves_the_others_of_its_column_alone():
    points = encoding_of(real(0.0, 2.0)).encode([{"x": 1.0}, {"x": "auto"}, {"x": 2.0}])
    assert points[[0, 2], 0].tolist() == [0.5, 1.0]


def test_no_configurations_encode_to_no_points():
    assert Encoding(MIXED).encode([]).shape == (0, 3)


def test_configurations_are_counted_when_there_is_an_end_of_them():
    assert encoding_of(whole(1, 3)).n_configs == 3
    assert Encoding(MIXED).n_configs is None
    assert Encoding(MIXED).n_levels == (None, 10, 3)


def test_every_index_of_a_finite_space_is_another_configuration():
    space = SpaceVersion(
        1,
        (
            HyperParameter("n", "int", 1, 1, 40, log=True),
            HyperParameter("c", "choice", "a", choices=("a", "b", None)),
            HyperParameter("s", "real", 0.1, 0.1, 0.3, step=0.1),
        ),
    )
    encoding = Encoding(space)
    keys = {encoding.key(encoding.config_at(index)) for index in range(encoding.n_configs)}
    assert len(keys) == encoding.n_configs == 40 * 3 * 3


def test_keys_tell_types_apart_and_look_at_the_names_of_the_space_alone():
    encoding = encoding_of(choice(1, True))
    assert encoding.key({"x": 1}) != encoding.key({"x": True})
    assert encoding.key({"x": 1}) == encoding.key({"x": 1, "other": 5})


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([0.5, 0.5, 0.5], r"Encoding.points must have the shape \(n, 3\), not \(3,\)"),
        ([[0.5, 0.5]], r"Encoding.points must have the shape \(n, 3\), not \(1, 2\)"),
        ([[0.5, math.nan, 0.5]], r"Encoding.points\[0, 'depth'\] must be in \[0, 1\], not nan"),
        ([[0, 0, 0], [0, 0, 1.1]], r"Encoding.points\[1, 'kernel'\] must be in .*, not 1.1"),
        ([[-1e-9, 0, 0]], r"Encoding.points\[0, 'lr'\] must be in \[0, 1\], not -1e-09"),
        ([["low", 0, 0]], r"Encoding.points must be an array of numbers"),
    ],
)
def test_decode_refuses_what_is_no_point_of_the_cube(points, message):
    with pytest.raises(SpaceError, match=message):
        Encoding(MIXED).decode(points)


@pytest.mark.parametrize("step", [None, 1e300])
def test_a_range_too_wide_for_a_float_is_refused(step):
    with pytest.raises(SpaceError, match=r"SearchSpace.x must have a finite distance"):
        encoding_of(HyperParameter("x", "real", 0.0, -1e308, 1e308, step=step))


def test_a_step_of_a_whole_number_must_be_whole():
    with pytest.raises(SpaceError, match=r"SearchSpace.x.step must be a whole number, not 1.5"):
        encoding_of(whole(1, 9, step=1.5))


# Conditions

NESTED = SpaceVersion(
    1,
    (
        HyperParameter("deep", "real", 0.5, 0.0, 1.0, active_when="n > 2 and on"),
        HyperParameter("n", "int", 3, 1, 5, active_when="kernel in {a, None}"),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", None)),
        HyperParameter("on", "choice", True, choices=(True, False)),
        HyperParameter("held", "int", 3, 1, 5, is_searched=False, active_when="not on"),
    ),
)


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=6))
def test_inactive_values_never_leave_the_encoding_and_never_come_in(points):
    encoding = Encoding(NESTED)
    configs = encoding.decode(points)
    again = encoding.encode(configs)
    assert encoding.decode(np.nan_to_num(again, nan=0.5)) == configs
    for config, row in zip(configs, again.tolist(), strict=True):
        assert NESTED.contains(config)
        assert ("n" in config) == (config["kernel"] in ("a", None))
        assert ("deep" in config) == (config.get("n", 0) > 2 and config["on"])
        assert ("held" in config) == (not config["on"])
        assert [math.isnan(one) for one in row] == [name not in config for name in encoding.names]


def test_a_value_that_is_inactive_in_this_version_is_not_encoded():
    rows = Encoding(NESTED).encode([{"kernel": "b", "n": 5, "on": True, "deep": 0.7}])
    assert [math.isnan(one) for one in rows[0]] == [True, True, False, False]


def test_an_inactive_choice_is_not_taken_for_none():
    hyper_parameters = (
        HyperParameter("on", "choice", True, choices=(True, False)),
        HyperParameter("x", "choice", None, choices=(None, 1), active_when="on"),
    )
    encoding = Encoding(SpaceVersion(1, hyper_parameters))
    assert math.isnan(encoding.encode([{"on": False}])[0, 1])
    assert encoding.key({"on": True, "x": None}) != encoding.key({"on": True})


@given(st.from_type(SpaceVersion), st.integers(0, 99))
def test_snapped_points_are_those_of_the_feasible_configurations(version, seed):
    try:
        encoding = Encoding(version)
    except SpaceError:
        return
    points = np.random.default_rng(seed).random((20, encoding.n_dims))
    configs = [config for config in encoding.decode(points) if encoding.is_feasible(config)]
    snapped = encoding.snapped(points)
    assert snapped.shape == (len(configs), encoding.n_dims)
    assert snapped == pytest.approx(encoding.encode(configs), abs=1e-6, nan_ok=True)
