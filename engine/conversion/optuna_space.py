"""Search spaces as Optuna's distributions, and back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..encoding import Encoding
from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..space import SearchSpace
from .optional import load
from .outgoing import unconditional
from .ranges import check_entries, choice, held

_SOURCE = "from Optuna"


def from_optuna(distributions: Mapping[str, Any]) -> SearchSpace:
    """Read a dict of Optuna's distributions, such as ``study.best_trial.distributions``.

    A distribution of one value is held at it.

    Raises
    ------
    SpaceError
        Optuna is not installed, an entry is none of its distributions, or a choice is no plain
        value.

    Examples
    --------
    >>> from optuna.distributions import FloatDistribution
    >>> lr = from_optuna({"lr": FloatDistribution(1e-4, 1.0, log=True)})["lr"]
    >>> (lr.low, lr.high, lr.log)
    (0.0001, 1.0, True)
    """
    entries = check_entries(distributions, "from_optuna").items()
    return SearchSpace.of(read_optuna(name, entry) for name, entry in entries)


def read_optuna(name: str, entry: Any) -> HyperParameter:
    """Read one of Optuna's distributions."""
    found = load("optuna", "optuna").distributions
    if isinstance(entry, found.CategoricalDistribution):
        return choice(name, entry.choices, source=_SOURCE, is_ordered=False)
    if not isinstance(entry, (found.FloatDistribution, found.IntDistribution)):
        advice = "Write FloatDistribution(low, high), or read plain entries by from_ranges."
        rule = "be one of Optuna's distributions"
        raise SpaceError.must(f"SearchSpace.{name}", rule, entry, advice)
    if entry.single():
        return held(name, entry.low, _SOURCE)
    is_int = isinstance(entry, found.IntDistribution)
    step = None if is_int and entry.step == 1 else entry.step
    if step is not None:
        # In floats a single step may come out a hair wider than the range that it spans.
        step = min(step, entry.high - entry.low)
    return HyperParameter(
        name,
        "int" if is_int else "real",
        entry.low,
        entry.low,
        entry.high,
        log=entry.log,
        step=step,
        source=_SOURCE,
    )


def to_optuna(space: SearchSpace | SpaceVersion, *, with_held: bool = False) -> dict[str, Any]:
    """Write a space as Optuna's distributions, such as ``study.ask`` and its samplers take.

    Optuna has no order among choices; all else comes back by `from_optuna`.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        Without conditions and constraints.
    with_held : bool
        Whether what is not searched goes out too, as a categorical of one value.

    Raises
    ------
    SpaceError
        Optuna is not installed, or cannot say something: conditions and constraints, a step
        on a log scale, choices that are tuples or that it takes for equal (1 and True).

    Examples
    --------
    >>> to_optuna(SpaceVersion(1, (HyperParameter("k", "int", 1, 1, 9),)))
    {'k': IntDistribution(high=9, log=False, low=1, step=1)}
    """
    found = load("optuna", "optuna").distributions
    records = unconditional(space, "Optuna", with_held)
    return {one.name: _distribution(one, found) for one in records}


def _distribution(one: HyperParameter, found: Any) -> Any:
    if one.kind == "choice" or not one.is_searched:
        return _categorical(one, found)
    if one.log and one.step is not None:
        advice = "Drop the step or the log scale."
        raise SpaceError.must(one.owner, "have no step on Optuna's log scale", one.step, advice)
    make = _int if one.kind == "int" else _float
    return _made(one, lambda: make(one, found))


def _int(one: HyperParameter, found: Any) -> Any:
    step = 1 if one.step is None else one.step
    high = one.low + (one.high - one.low) // step * step
    return found.IntDistribution(one.low, high, log=one.log, step=step)


def _float(one: HyperParameter, found: Any) -> Any:
    if one.step is None:
        return found.FloatDistribution(one.low, one.high, log=one.log)
    encoding = Encoding(SpaceVersion(1, (one,)))
    (last,) = encoding.decode([[1.0]])
    # Half a step beyond the last value, for Optuna to count the steps as we do; it moves the
    # end back onto the last one, and warns of that.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = found.FloatDistribution(one.low, last[one.name] + one.step / 2, step=one.step)
    # Optuna counts in the decimals of the ends, of which a float has 17 at most.
    low, high, step = (Decimal(str(number)) for number in (made.low, made.high, made.step))
    if (high - low) // step + 1 != encoding.n_levels[0]:
        raise ValueError("its last step has too many digits")
    return made


def _made(one: HyperParameter, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (ArithmeticError, ValueError) as error:
        rule = f"be a range that Optuna takes ({error})"
        advice = "Round the step, or narrow the range."
        raise SpaceError.must(one.owner, rule, (one.low, one.high, one.step), advice) from error


def _categorical(one: HyperParameter, found: Any) -> Any:
    choices = one.choices if one.is_searched else (one.value,)
    for place, value in enumerate(choices):
        if isinstance(value, tuple):
            rule = "have choices that are text, numbers, True, False or None for Optuna"
            advice = "Give it a name, and look it up by that name in your own code."
            raise SpaceError.must(one.owner, rule, value, advice)
        equals = [other for other in choices[:place] if other == value]
        if equals:
            rule = f"have no choice that Optuna takes for equal to {equals[0]!r}"
            raise SpaceError.must(one.owner, rule, value, "Drop one of the two, or write text.")
    return found.CategoricalDistribution(choices)
