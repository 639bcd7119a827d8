"""One model of the score per fidelity, and weights by how well each orders the best-known one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..bent_scores import bent
from ..encoding import Encoding, FloatArray
from ..surrogate import GaussianProcess
from ..trial import Trial
from .model_search import fitted_at, n_options, on_one_core
from .rungs import Rung

MIN_RESULTS = 6
"""A rung is modelled from so many results on."""

MAX_KNOWN = 150
"""A model's cost grows with the cube of the results it knows."""

_MAX_FITTED = 80
_MAX_JUDGED = 60
_N_FOLDS = 5
_N_DRAWS = 200
_N_BELIEVED = 12
"""Equal weights count as much as so many results: 6 of them say little."""


class _Results(NamedTuple):
    """Completed trials of one rung as a model sees them, by number."""

    points: FloatArray
    scores: FloatArray


class FidelityEnsemble:
    """The weighted sum of Gaussian processes, one per rung.

    At x the mean is sum w_i mu_i(x) and the variance sum w_i^2 s_i^2(x) (Li, Y., et al. 2021,
    "MFES-HB", eq. 4). Scores are of zero mean and unit variance at each rung.
    """

    def __init__(self, models: Sequence[GaussianProcess], weights: Sequence[float]) -> None:
        self._models, self._weights = tuple(models), tuple(weights)

    def predict(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the score, each of shape (m,)."""
        mean, variance = np.zeros(len(points)), np.zeros(len(points))
        for model, weight in zip(self._models, self._weights, strict=True):
            mu, deviation = model.predict(points)
            mean += weight * mu
            # The square of a standard deviation: `predict` gives no variances.
            variance += (weight * deviation) ** 2
        return mean, np.sqrt(variance)


class FidelityModels:
    """Models the rungs and weighs them.

    A rung is modelled from 6 results on. The weight of a rung is the share of draws from all
    models' predictions in which that rung's has the least ranking loss: the number of pairs that
    it orders otherwise than the scores at the highest rung with 6 results do (Feurer, Letham
    and Bakshy 2018, "Scalable meta-learning for Bayesian optimization", section 4, as Syne
    Tune uses it for Hyper-Tune). The model of that rung itself is judged by predictions for
    results that it has not seen, in 5 folds. As a few results say little, n of them count as n
    of n + 12, and for the rest all rungs that are modelled have equal weights.

    Parameters are fitted at certain numbers of results only, and to 80 at most; of more than
    150 results a model knows the best 50 and a fixed sample of the others. Everything follows
    from the results, whatever the order in which they came.

    Parameters
    ----------
    encoding : Encoding
        The unit cube of the space.

    Attributes
    ----------
    n_options : int array, shape (d,)
        Number of options of each choice without an order; 0 for all else.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self.n_options = n_options(encoding)
        # What was made of a rung is kept beside what it was made of.
        self._known: dict[int, tuple[list[tuple[float, int]], _Results]] = {}
        self._thetas: dict[int, tuple[list[tuple[int, float]], FloatArray]] = {}
        self._weighed: tuple[list[list[tuple[float, int]]], tuple[float, ...]] | None = None

    def weights(self, rungs: Sequence[Rung]) -> tuple[float, ...] | None:
        """Return the weight of each rung, 1 in all; None until a second one has 6 results."""
        if len(_modelled(rungs)) < 2:
            return None
        key = [list(rung.ranking) for rung in rungs]
        if self._weighed is None or self._weighed[0] != key:
            with on_one_core():
                self._weighed = key, self._weigh(rungs)
        return self._weighed[1]

    def ensemble(self, rungs: Sequence[Rung], pending: FloatArray) -> FidelityEnsemble | None:
        """Return the models of the rungs that count; None until a rung has 6 results.

        Parameters
        ----------
        rungs : sequence of Rung
            From the lowest to the highest.
        pending : float array, shape (m, d)
            Points that count as having scored what each model expects.
        """
        modelled = _modelled(rungs)
        if not modelled:
            return None
        weights = self.weights(rungs) or [float(rung in modelled) for rung in range(len(rungs))]
        counted = {rung: weight for rung, weight in enumerate(weights) if weight > 0}
        models = [self._model(rungs[rung], rung) for rung in counted]
        for model in models if len(pending) else ():
            model.believe(pending)
        return FidelityEnsemble(models, tuple(counted.values()))

    def _weigh(self, rungs: Sequence[Rung]) -> tuple[float, ...]:
        *lower, judge = modelled = _modelled(rungs)
        truth = self._results(_sample(rungs[judge].completed(), _MAX_JUDGED))
        predictions = [self._model(rungs[rung], rung).predict(truth.points) for rung in lower]
        predictions.append(self._unseen(truth, self._theta(rungs[judge], judge)))
        rng = np.random.default_rng(0)  # the same draws for the same results
        losses = [
            ranking_losses(
                mean + deviation * rng.standard_normal((_N_DRAWS, len(mean))), truth.scores
            )
            for mean, deviation in predictions
        ]
        shares = least_shares(np.array(losses))
        n_judging, weights = len(rungs[judge].ranking), np.zeros(len(rungs))
        weights[modelled] = n_judging * shares + _N_BELIEVED / len(modelled)
        return tuple((weights / (n_judging + _N_BELIEVED)).tolist())

    def _unseen(self, results: _Results, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return predictions for each result by a model that knows the other folds only."""
        n_results = len(results.scores)
        # Floats, whatever the type of the scores: means are fractions.
        mean, deviation = np.empty(n_results), np.empty(n_results)
        folds = np.arange(n_results) % _N_FOLDS
        for fold in range(_N_FOLDS):
            here, there = folds == fold, folds != fold
            points, scores = results.points[there], results.scores[there]
            model = GaussianProcess(points, scores, self.n_options, theta)
            mean[here], deviation[here] = model.predict(results.points[here])
        return mean, deviation

    def _model(self, rung: Rung, index: int) -> GaussianProcess:
        if index not in self._known or self._known[index][0] != rung.ranking:
            results = self._results(_sample(rung.completed(), MAX_KNOWN))
            self._known[index] = list(rung.ranking), results
        results = self._known[index][1]
        theta = self._theta(rung, index)
        return GaussianProcess(results.points, results.scores, self.n_options, theta)

    def _theta(self, rung: Rung, index: int) -> FloatArray:
        """Return the parameters of a rung's model, fitted to the first so many results."""
        n_fitted = fitted_at(min(len(rung.ranking), _MAX_FITTED))
        key = sorted((number, cost) for cost, number in rung.ranking)[:n_fitted]
        if index not in self._thetas or self._thetas[index][0] != key:
            points, scores = self._results([rung.trials[number] for number, _ in key])
            theta = GaussianProcess(points, scores, self.n_options).theta
            self._thetas[index] = key, theta
        return self._thetas[index][1]

    def _results(self, trials: Sequence[Trial]) -> _Results:
        known = sorted(trials, key=lambda trial: trial.number)
        scores = np.array([trial.score for trial in known], dtype=float)
        points = self._encoding.encode([trial.config for trial in known])
        return _Results(points, bent(scores))


def ranking_losses(drawn: FloatArray, scores: FloatArray) -> FloatArray:
    """Return the number of ordered pairs that each draw orders otherwise than the scores.

    Parameters
    ----------
    drawn : float array, shape (n draws, n)
        Predictions for the n results.
    scores : float array, shape (n,)
        Equal scores make no pair.
    """
    above = scores[:, None] > scores[None, :]
    return np.array([float((above & (one[:, None] <= one[None, :])).sum()) for one in drawn])


def least_shares(losses: FloatArray) -> FloatArray:
    """Return how often each row has the least loss of a column; equals share it.

    Parameters
    ----------
    losses : float array, shape (n models, n draws)
    """
    is_least = losses == losses.min(axis=0)
    return np.asarray((is_least / is_least.sum(axis=0)).mean(axis=1))


def _modelled(rungs: Sequence[Rung]) -> list[int]:
    return [index for index, rung in enumerate(rungs) if len(rung.ranking) >= MIN_RESULTS]


def _sample(ranked: Sequence[Trial], at_most: int) -> list[Trial]:
    """Return the best third of what may be known, and others by a hash of their numbers."""
    if len(ranked) <= at_most:
        return list(ranked)
    n_best = at_most // 3
    # A hash of the number keeps the sample as it was when trials are added.
    others = sorted(ranked[n_best:], key=lambda trial: (trial.number * 2654435761) % 2**32)
    return [*ranked[:n_best], *others[: at_most - n_best]]
