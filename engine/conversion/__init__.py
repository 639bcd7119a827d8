"""A search space out of whatever describes one, in tuneboard's words or another tool's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..space import SearchSpace
from .alternatives import combine
from .from_configspace import from_configspace
from .optional import is_of
from .optuna_space import from_optuna, read_optuna, to_optuna
from .param_grid import (
    from_distributions,
    from_param_grid,
    to_param_distributions,
    to_param_grid,
)
from .ranges import from_ranges, read_entry, to_ranges
from .scipy_range import from_distribution, is_distribution
from .to_configspace import to_configspace

__all__ = [
    "as_space",
    "from_configspace",
    "from_distributions",
    "from_optuna",
    "from_param_grid",
    "from_ranges",
    "to_configspace",
    "to_optuna",
    "to_param_distributions",
    "to_param_grid",
    "to_ranges",
]


def as_space(source: Any) -> SearchSpace:
    """Make a space of anything that describes one.

    Parameters
    ----------
    source : object
        - a SearchSpace (returned as it is), a class of it, a SpaceVersion, or hyper-parameters
        - a scikit-learn compatible estimator
        - a dict, each entry of its own kind: ``(low, high)`` for a range and ``[...]`` for
          choices (all forms stand at `from_ranges`), a frozen distribution of SciPy, or a
          distribution of Optuna
        - a list of such dicts, alternatives that one choice tells apart
        - a ConfigSpace.ConfigurationSpace

        A tuple of two numbers is a range here. Where it stands for two values, as in
        scikit-learn's grids, read them by `from_param_grid`.

    Returns
    -------
    SearchSpace
        Its current values are the source's own, or else low ends and first choices.

    Raises
    ------
    SpaceError
        The source is none of these, or an entry of it cannot be read.

    Examples
    --------
    >>> as_space({"C": (0.01, 100.0, "log"), "kernel": ["rbf", "poly"]}).config
    {'C': 0.01, 'kernel': 'rbf'}
    """
    if isinstance(source, SearchSpace):
        return source
    if isinstance(source, type) and issubclass(source, SearchSpace):
        return source()
    if isinstance(source, SpaceVersion):
        return SearchSpace.from_dict(source.to_dict())
    if hasattr(source, "get_params"):
        return SearchSpace.from_estimator(source)
    if is_of(source, "ConfigSpace"):
        return from_configspace(source)
    return _from_entries(source)


def _from_entries(source: Any) -> SearchSpace:
    if isinstance(source, Mapping):
        return combine([source], _read, "as_space")
    if isinstance(source, Sequence) and source:
        if all(isinstance(one, HyperParameter) for one in source):
            return SearchSpace.of(source)
        if all(isinstance(one, Mapping) for one in source):
            return combine(source, _read, "as_space")
    rule = "be given a search space, an estimator, a dict of entries or a ConfigurationSpace"
    advice = "Write {'lr': (0.001, 0.1, 'log'), 'kernel': ['rbf', 'poly']}."
    raise SpaceError.must("as_space", rule, source, advice)


def _read(name: str, entry: Any) -> HyperParameter:
    """Read one entry, each by its own kind."""
    if is_of(entry, "optuna"):
        return read_optuna(name, entry)
    return from_distribution(name, entry) if is_distribution(entry) else read_entry(name, entry)
