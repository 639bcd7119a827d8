"""Tree-structured Parzen estimator: looks where good trials are dense and the others are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ..encoding import Encoding, FloatArray
from ..parzen import ParzenEstimator, columns_of, kernel_width
from ..trial import Provenance, TrialState
from .base import Proposal
from .model_search import on_one_core
from .quasi_random import QuasiRandomStart

_N_START = 10
_GOOD_SHARE = 0.15
_MAX_GOOD = 25
_N_CANDIDATES = 24


class TPESearch(QuasiRandomStart):
    """Proposes what is common among the good trials and rare among the rest.

    The trials are split at a quantile of the score; a Parzen estimator describes the density l
    of the good group, another one the density g of the rest. Of 24 candidates drawn from l the
    one with the largest ratio l/g is proposed, which has the largest expected improvement as
    well (Bergstra et al. 2011, "Algorithms for hyper-parameter optimization", eq. 3). Kernels
    are multivariate, and those of conditional hyper-parameters count only where they are active.
    Their width shrinks with the number of trials in the group and stays above a floor that
    shrinks as well (Watanabe 2023, "Tree-structured Parzen estimator: understanding its
    algorithm components and their roles for better empirical performance", section 3.3).

    The good group is the best 15%, at most 25, and the trials that the user has starred. Half of
    their weight is the same for all, half grows with how much better they are than the best of
    the rest, as their share of the expected improvement does (Watanabe 2023, section 3.2). The
    rest takes in failed trials, and pending ones, so that workers are sent to different places.
    Trials that were stopped early stand behind all that were not. The first ten trials are
    quasi-random.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.

    Attributes
    ----------
    n_start : int
        Trials to complete before the two groups are told apart.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> TPESearch(space).ask(1).provenance.reason
    'quasi-random start: 0 of 10 completed'
    """

    name: ClassVar[str] = "tpe"
    label: ClassVar[str] = "Parzen estimator (TPE)"
    summary: ClassVar[str] = "Looks where good trials are dense and the others are not."
    n_start = _N_START

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._columns = columns_of(encoding)
        self._rows: dict[int, FloatArray] = {}

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        ranked = self._ranked()
        if len(ranked) < self.n_start:
            return self._first(number, len(ranked), rng)
        good, rest = self._split(ranked)
        with on_one_core():
            drawn, ratios = self._candidates(ranked, good, rest, rng)
        for place in np.argsort(-ratios, kind="stable"):
            config = self.encoding.decode_point(np.nan_to_num(drawn[place], nan=0.5).tolist())
            if self._is_new(config):
                ratio = math.exp(min(float(ratios[place]), 700.0))
                return Proposal(config, self._provenance(ratio, len(drawn), good, rest))
        reason = "drawn at random: what is common in the good group was tried before or not allowed"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _candidates(
        self,
        ranked: Sequence[int],
        good: Sequence[int],
        rest: Sequence[int],
        rng: np.random.Generator,
    ) -> tuple[FloatArray, FloatArray]:
        """Return points drawn from the good density and the logarithms of their ratios."""
        good_density = self._density(good, self._weights(good, ranked))
        rest_density = self._density(rest, np.ones(len(rest)))
        drawn = self.encoding.snapped(good_density.draw(_N_CANDIDATES, rng))
        if not len(drawn):
            return drawn, np.empty(0)
        return drawn, good_density.log_density(drawn) - rest_density.log_density(drawn)

    def _ranked(self) -> list[int]:
        """Return the numbers of the trials that have a score, best first."""
        scored = [
            (trial.state is TrialState.STOPPED, -trial.score, trial.number)
            for trial in self._finished.values()
            if trial.score is not None and trial.number not in self.excluded
        ]
        return [number for _, _, number in sorted(scored)]

    def _split(self, ranked: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the numbers of the good trials, and of the rest, failed and pending ones too."""
        n_good = min(math.ceil(_GOOD_SHARE * len(ranked)), _MAX_GOOD)
        good = [*ranked[:n_good], *(one for one in ranked[n_good:] if one in self.starred)]
        rest = set(self._configs) - set(good) - self.excluded
        return good, sorted(rest)

    def _weights(self, good: Sequence[int], ranked: Sequence[int]) -> FloatArray:
        """Return what the good trials weigh: half all the same, half by what they are better."""
        scores = np.array([self._finished[number].score for number in good], dtype=float)
        others = [number for number in ranked if number not in good]
        split = self._finished[others[0]].score if others else scores.min()
        better = np.maximum(scores - float(split or 0.0), 0.0)
        mean = float(better.mean())
        return 0.5 + 0.5 * better / mean if mean > 0 else np.ones(len(good))

    def _density(self, numbers: Sequence[int], weights: FloatArray) -> ParzenEstimator:
        points = self._points(numbers)
        n, n_dims = points.shape
        width = kernel_width(n, n_dims)
        return ParzenEstimator(self._columns, points, weights, np.full(n_dims, width))

    def _points(self, numbers: Sequence[int]) -> FloatArray:
        """Return where trials are, shape (n, d); each is encoded once."""
        missing = [number for number in numbers if number not in self._rows]
        encoded = self.encoding.encode([self._configs[number] for number in missing])
        self._rows.update(zip(missing, encoded, strict=True))
        points = [self._rows[number] for number in numbers]
        return np.array(points).reshape(len(points), self.encoding.n_dims)

    def _provenance(
        self, ratio: float, n_candidates: int, good: Sequence[int], rest: Sequence[int]
    ) -> Provenance:
        n_trials = len(good) + len(rest)
        reason = (
            f"l/g ratio {ratio:,.3g}, the largest of {n_candidates} candidates; "
            f"good group: {len(good)} of {n_trials:,} trials"
        )
        facts = {
            "ratio": ratio,
            "n_candidates": n_candidates,
            "n_good": len(good),
            "n_rest": len(rest),
        }
        return Provenance(self.name, reason, facts=facts)
