"""Search spaces as scikit-learn's `param_grid` and `param_distributions`, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..encoding import Encoding
from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..space import SearchSpace
from .alternatives import Read, combine
from .outgoing import alternatives
from .ranges import read_list
from .scipy_range import from_distribution, is_distribution, to_distribution

Grid = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def from_param_grid(param_grid: Grid) -> SearchSpace:
    """Read a `param_grid`, as given to GridSearchCV.

    A list, a tuple or an array means exactly its values, as in scikit-learn: ``[0.001, 0.1]``
    is a choice of two. Numbers that only rise or only fall are ordered choices, a single value
    is held, and a ``range(...)`` becomes whole numbers. A list of dicts becomes one space with
    conditions, where one choice tells the dicts apart.

    Raises
    ------
    SpaceError
        An entry is no list of plain values, or the dicts cannot be told apart.

    Examples
    --------
    >>> grid = [{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": [0.1, 1.0]}]
    >>> from_param_grid(grid)["gamma"].active_when
    "kernel == 'rbf'"
    """
    return _read(param_grid, _read_grid_entry, "param_grid")


def from_distributions(param_distributions: Grid) -> SearchSpace:
    """Read a `param_distributions`, as given to RandomizedSearchCV.

    Lists are read as by `from_param_grid`, distributions of SciPy as by
    `scipy_range.from_distribution`: one without an exact equivalent gives its two ends, and
    the hyper-parameter's `source` says so.

    Raises
    ------
    SpaceError
        As for `from_param_grid`, or a distribution has no two ends.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> C = from_distributions({"C": loguniform(0.01, 100)})["C"]
    >>> (C.low, C.high, C.log)
    (0.01, 100.0, True)
    """
    return _read(param_distributions, read_distribution_entry, "param_distributions")


def read_distribution_entry(name: str, entry: Any) -> HyperParameter:
    """Read one entry of a `param_distributions`."""
    return from_distribution(name, entry) if is_distribution(entry) else read_list(name, entry)


def _read_grid_entry(name: str, entry: Any) -> HyperParameter:
    if is_distribution(entry):
        advice = "A distribution is read by from_distributions."
        raise SpaceError.must(f"SearchSpace.{name}", "be a list of choices", entry, advice)
    return read_list(name, entry)


def _read(grid: Grid, read: Read, owner: str) -> SearchSpace:
    return combine([grid] if isinstance(grid, Mapping) else as_dicts(grid, owner), read, owner)


def as_dicts(grid: Any, owner: str) -> Sequence[Mapping[str, Any]]:
    """Check that alternatives are listed."""
    if not isinstance(grid, Sequence) or isinstance(grid, str):
        advice = "Give a dict of names and entries, or a list of such dicts."
        raise SpaceError.must(owner, "be a dict or a list of dicts", grid, advice)
    return grid


def to_param_grid(
    space: SearchSpace | SpaceVersion, *, n_levels: int = 5, with_held: bool = False
) -> dict[str, Any] | list[dict[str, Any]]:
    """Write a space as a `param_grid` for GridSearchCV.

    Conditions on choices become a list of dicts, one for each alternative.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        Without constraints, and without conditions on numbers.
    n_levels : int
        How many values of a range, spread evenly from its low end to its high end (fewer where
        there are fewer). Choices go out whole.
    with_held : bool
        Whether what is not searched goes out too, as a list of one value.

    Raises
    ------
    SpaceError
        The space has constraints or conditions on numbers, or `n_levels` is below 1.

    Examples
    --------
    >>> to_param_grid(from_param_grid({"k": range(1, 10)}), n_levels=3)
    {'k': [1, 5, 9]}
    """
    if isinstance(n_levels, bool) or not isinstance(n_levels, int) or n_levels < 1:
        rule = "be a whole number of at least 1"
        raise SpaceError.must("to_param_grid.n_levels", rule, n_levels, "Try 5.")
    return _written(space, "a param_grid", with_held, lambda one: _levels(one, n_levels))


def _written(
    space: SearchSpace | SpaceVersion,
    tool: str,
    with_held: bool,
    write: Callable[[HyperParameter], Any],
) -> dict[str, Any] | list[dict[str, Any]]:
    """Write each alternative as a dict; a single one stands by itself."""
    dicts = [
        {one.name: write(one) for one in records}
        for records in alternatives(space, tool, with_held)
    ]
    return dicts[0] if len(dicts) == 1 else dicts


def _levels(one: HyperParameter, n_levels: int) -> list[Any]:
    if not one.is_searched:
        return [one.value]
    if one.kind == "choice":
        return list(one.choices)
    encoding = Encoding(SpaceVersion(1, (one,)))
    positions = encoding.spread(one.name, n_levels)
    return [encoding.decode_point([position])[one.name] for position in positions]


def to_param_distributions(
    space: SearchSpace | SpaceVersion, *, with_held: bool = False
) -> dict[str, Any] | list[dict[str, Any]]:
    """Write a space as a `param_distributions` for RandomizedSearchCV.

    Real numbers become SciPy's uniform or loguniform, whole numbers its randint, choices a
    list, whole numbers with a step a ``range(...)``; what SciPy has no word for (other steps,
    whole numbers on a log scale) a `FrozenRange`, which scikit-learn draws from as well.
    Conditions on choices become a list of dicts, one for each alternative; scikit-learn draws
    each as often as any other.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        Without constraints, and without conditions on numbers.
    with_held : bool
        Whether what is not searched goes out too, as a list of one value.

    Raises
    ------
    SpaceError
        The space has constraints or conditions on numbers.

    Examples
    --------
    >>> to_param_distributions(from_param_grid({"k": range(1, 10, 2), "p": [1, 2]}))
    {'k': range(1, 10, 2), 'p': [1, 2]}
    """
    return _written(space, "param_distributions", with_held, _drawn)


def _drawn(one: HyperParameter) -> Any:
    if not one.is_searched:
        return [one.value]
    return list(one.choices) if one.kind == "choice" else to_distribution(one)
