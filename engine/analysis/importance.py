"""What matters: how much each hyper-parameter has to do with the score."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from ..errors import AnalysisError
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .box_forest import POOR_FIT, pairs
from .coverage import crowded
from .effects import Effects
from .fanova import fanova
from .observations import MIN_TRIALS, Observations, Target, observe
from .ped_anova import QUANTILE, ped_anova
from .permutation import permutation

Method = Literal["ped_anova", "fanova", "permutation"]

MAX_TRIALS = 2_000
"""Of more trials than these, forests are grown on a random sample."""

_MEANINGS: dict[str, str] = {
    "ped_anova": "share of what tells the best tenth from the rest",
    "fanova": "share of the score's variance",
    "permutation": "rise of the squared error, over the score's variance",
}


@dataclass(frozen=True)
class Importance:
    """The effect of each hyper-parameter, the largest first.

    Parameters
    ----------
    method : str
        How it was computed, in words, with the seed.
    names : tuple of str, length d
        The hyper-parameters; empty when nothing can be said.
    values : tuple of float, length d
        The effect of each alone, 0 for none; see `meaning`.
    lows, highs : tuple of float, length d
        90 % interval: 5th and 95th percentile over bootstrap samples.
    n_trials : int
        Trials that could be used: completed, and inside the space.
    n_sampled : int
        Trials that it was computed on.
    total_variance : float
        Variance of the score over the space, as the forest of fANOVA predicts it.
    verdict : str
        Why nothing can be said; empty when it can.
    caution : str
        Why the values may mislead; empty when there is no sign of it.
    meaning : str
        What a value is, for an axis.
    unclear : tuple of str
        The hyper-parameters whose effect cannot be told from chance; fANOVA does not say.
    pairs : tuple of (str, str)
        Pairs of hyper-parameters, the largest interaction first; empty unless asked for.
    pair_values, pair_lows, pair_highs : tuple of float
        Share of the variance that each pair explains beyond its two, with 90 % interval.
    fit : float or None
        R² of the surrogate on trials that it has not seen; None without one.
    code : str
        Python that computes this again from a `study`.
    """

    method: str
    names: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    n_trials: int = 0
    n_sampled: int = 0
    total_variance: float = 0.0
    verdict: str = ""
    caution: str = ""
    meaning: str = ""
    unclear: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    pair_values: tuple[float, ...] = ()
    pair_lows: tuple[float, ...] = ()
    pair_highs: tuple[float, ...] = ()
    fit: float | None = None
    code: str = ""


def importance(
    space: SpaceVersion,
    trials: Iterable[Trial],
    *,
    method: Method = "ped_anova",
    target: Target = "score",
    only: Collection[int] | None = None,
    with_pairs: bool = False,
    seed: int = 0,
    n_trees: int = 64,
    n_resamples: int = 100,
) -> Importance:
    """Compute what matters, by one of three methods.

    ``"ped_anova"`` asks what tells the best tenth of the trials from the rest, and is fast;
    ``"fanova"`` how much of the score's variance over the whole space each explains, and
    wants trials all over it; ``"permutation"`` how much worse a surrogate foretells the score
    of these trials without it. See `ped_anova`, `fanova` and `permutation`.

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order; `observe` says which are left out.
    method : {"ped_anova", "fanova", "permutation"}
        How.
    target : str or mapping of int to number or str
        What to explain: the score, another column of `observations.column`, or values per
        trial number, such as the convergence states of the learning curves.
    only : collection of int, optional
        Numbers of the trials to look at: what matters among these?
    with_pairs : bool
        Whether interactions of pairs are computed too; ``"fanova"`` alone can.
    seed : int
        Drives forests, resamples, and the sample that is drawn from more than 2,000 trials
        where a forest is grown.
    n_trees : int
        Trees in a forest.
    n_resamples : int
        Bootstrap samples for the intervals; 0 for none. Of fANOVA the trees take their place.

    Returns
    -------
    Importance
        With a verdict in place of values when there are fewer than 16 trials, when their
        scores are all equal, or when no difference is found.

    Raises
    ------
    AnalysisError
        The method or the target is unknown, or pairs are asked of a method without them.
    """
    _check(method, with_pairs)
    everything = observe(space, trials, target=target, only=only)
    # Densities are cheap, forests are not.
    seen = everything if method == "ped_anova" else everything.sampled(MAX_TRIALS, seed)
    options: dict[str, Any] = {"seed": seed}
    options |= {"n_trees": n_trees} if method != "ped_anova" else {}
    options |= {"n_resamples": n_resamples} if method != "fanova" else {}
    options |= {"with_pairs": with_pairs} if method == "fanova" else {}
    found = Importance(
        _words(method, options),
        n_trials=everything.n,
        n_sampled=seen.n,
        meaning=_MEANINGS[method],
        code=_code(method, target, only, options),
    )
    verdict = _verdict(space, seen)
    if verdict:
        return replace(found, verdict=verdict)
    run = {"ped_anova": ped_anova, "fanova": fanova, "permutation": permutation}[method]
    effects = run(seen, **options)  # type: ignore[operator]
    if not len(effects.values):
        return replace(found, verdict="No hyper-parameter explains the scores.")
    return replace(found, **_ranked(seen.encoding.names, effects), caution=_caution(seen, effects))


def _check(method: str, with_pairs: bool) -> None:
    if method not in _MEANINGS:
        rule = f"be one of {', '.join(_MEANINGS)}"
        raise AnalysisError.must("importance.method", rule, method, "Check the spelling.")
    if with_pairs and method != "fanova":
        raise AnalysisError.must(
            "importance.method", "be fanova for pairs", method, "Or leave with_pairs out."
        )


def _words(method: str, options: Mapping[str, Any]) -> str:
    seed = f"seed {options['seed']}"
    if method == "ped_anova":
        return f"PED-ANOVA of the best {QUANTILE:.0%}, {seed}"
    forest = f"a random forest of {options['n_trees']} trees, {seed}"
    if method == "fanova":
        what = "main effects and interactions" if options["with_pairs"] else "main effects"
        return f"fANOVA {what} on {forest}"
    return f"permutation on {forest}"


def _code(
    method: str, target: Target, only: Collection[int] | None, options: Mapping[str, Any]
) -> str:
    """Write the statement that computes the same from a study."""
    given: dict[str, str] = {"method": repr(method)}
    if target != "score":
        given["target"] = repr(target if isinstance(target, str) else dict(target))
    if only is not None:
        given["only"] = _ranges(only)
    given |= {name: repr(value) for name, value in options.items() if value is not False}
    inside = "".join(f", {name}={text}" for name, text in given.items())
    return (
        "from tuneboard.engine.analysis.importance import importance\n\n"
        f"importance(study.space.version, study.trials{inside})"
    )


def _ranges(numbers: Collection[int]) -> str:
    """Write trial numbers as a set, neighbours as ranges."""
    runs: list[list[int]] = []
    for number in sorted({int(one) for one in numbers}):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        f"*range({run[0]}, {run[-1] + 1})" if len(run) > 2 else ", ".join(map(str, run))
        for run in runs
    ]
    return "{" + ", ".join(parts) + "}" if parts else "()"


def _verdict(space: SpaceVersion, seen: Observations) -> str:
    if not space.searched:
        return "No hyper-parameter is searched."
    if seen.n < MIN_TRIALS:
        return f"Too few trials to say: {seen.n} of at least {MIN_TRIALS}."
    return "" if seen.is_varied else "All scores are equal."


def _ranked(names: tuple[str, ...], found: Effects) -> dict[str, Any]:
    """Return names, values and intervals, the largest value first."""
    order = np.argsort(-found.values, kind="stable")
    ranked: dict[str, Any] = {
        "names": tuple(names[index] for index in order),
        "unclear": tuple(names[index] for index in order if found.is_unclear[index]),
        "total_variance": found.total,
        "fit": None if np.isnan(found.fit) else found.fit,
    }
    for what in ("values", "lows", "highs"):
        ranked[what] = tuple(getattr(found, what)[order].tolist())
    if not len(found.pair_values):
        return ranked
    order = np.argsort(-found.pair_values, kind="stable")
    both = [(names[i], names[j]) for i, j in pairs(len(names))]
    ranked["pairs"] = tuple(both[index] for index in order)
    for what in ("pair_values", "pair_lows", "pair_highs"):
        ranked[what] = tuple(getattr(found, what)[order].tolist())
    return ranked


def _caution(seen: Observations, found: Effects) -> str:
    """Say what may mislead: crowded trials, a surrogate that does not fit, chance."""
    said = []
    names = crowded(seen.encoding, seen.points)
    if names:
        # As those of a search that has converged do: little is known of the rest of the space.
        said.append(f"Read with care: most trials lie close together in {', '.join(names)}.")
    if found.fit < POOR_FIT:
        said.append(
            "Too few trials to say: the forest hardly foretells trials that it has not seen "
            f"(R² {found.fit:.2f})."
        )
    elif found.is_unclear.all():
        said.append("Too few trials to say: no hyper-parameter stands out from chance.")
    return " ".join(said)
