"""How much improvement is still to be had: when to stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..optimizers.acquisition import log_expected_improvement
from ..optimizers.model_search import n_options, on_one_core
from ..surrogate import GaussianProcess
from ..trial import Trial
from .observations import MIN_TRIALS, Observations, observe
from .representatives import levels_of

_MAX_KNOWN = 150
_N_BEST = 75
_N_CANDIDATES = 1_000
_N_NEAR = 200
_NEAR = 0.1
_SHARE = 0.01
_OUTLIER = 3.0


@dataclass(frozen=True)
class ImprovementLeft:
    """What the next trial may still bring.

    Parameters
    ----------
    expected : float
        Largest expected improvement of the best score by one more trial, in units of the score.
    tolerance : float
        What is not worth a trial: a hundredth of the distance from the median score to the best.
    incumbent : float
        The best score as the surrogate sees it, freed of noise.
    noise : float
        Standard deviation of a score that is measured again, as the surrogate sees it.
    n_trials : int
        Trials that the surrogate knows.
    verdict : str
        Why nothing can be said; empty when it can.
    """

    expected: float = float("nan")
    tolerance: float = float("nan")
    incumbent: float = float("nan")
    noise: float = float("nan")
    n_trials: int = 0
    verdict: str = ""

    @property
    def is_exhausted(self) -> bool:
        """Whether one more trial is expected to bring less than the tolerance."""
        return not self.verdict and self.expected < self.tolerance

    @property
    def sentence(self) -> str:
        """The same in words."""
        if self.verdict:
            return self.verdict
        word = "little is left to gain" if self.is_exhausted else "worth going on"
        return (
            f"The next trial is expected to improve the best by {self.expected:.2g} at most; less "
            f"than {self.tolerance:.2g} would not matter: {word}."
        )


def improvement_left(
    space: SpaceVersion, trials: Iterable[Trial], *, seed: int = 0
) -> ImprovementLeft:
    """Estimate the expected improvement that is left, by a Gaussian process of the score.

    The expected improvement (Jones, Schonlau and Welch 1998, eq. 15) over the best mean at a
    tried point is looked for among random configurations and those near the best. Of more than
    150 trials the process knows the best half and a fixed sample of the rest. Scores far below
    the others (three quartile distances under the first quartile) are raised to there: a
    process that must explain failures sees nothing else.

    Parameters
    ----------
    space : SpaceVersion
        The space that is searched.
    trials : iterable of Trial
        In any order; `observe` says which are left out.
    seed : int
        Drives the candidates.
    """
    seen = _known(observe(space, trials))
    if not space.searched:
        return ImprovementLeft(verdict="No hyper-parameter is searched.")
    if seen.n < MIN_TRIALS:
        verdict = f"Too few trials to say: {seen.n} of at least {MIN_TRIALS}."
        return ImprovementLeft(n_trials=seen.n, verdict=verdict)
    if not seen.is_varied:
        return ImprovementLeft(n_trials=seen.n, verdict="All scores are equal.")
    scores = seen.targets[:, 0]
    first, middle, third = np.percentile(scores, [25, 50, 75])
    raised = np.maximum(scores, first - _OUTLIER * max(third - first, 1e-12 * abs(middle)))
    centre, scale = float(raised.mean()), float(raised.std()) or 1.0
    candidates = _candidates(seen, np.random.default_rng(seed))
    with on_one_core():
        options = n_options(seen.encoding)
        model = GaussianProcess(seen.points, (raised - centre) / scale, options)
        incumbent = float(model.predict(seen.points)[0].max())
        gain = 0.0
        if len(candidates):
            log_gains = log_expected_improvement(*model.predict(candidates), incumbent)
            gain = float(np.exp(log_gains.max()))
    return ImprovementLeft(
        gain * scale,
        _SHARE * float(scores.max() - middle),
        incumbent * scale + centre,
        model.noise * scale,
        seen.n,
    )


def _known(seen: Observations) -> Observations:
    if seen.n <= _MAX_KNOWN:
        return seen
    order = np.argsort(-seen.targets[:, 0], kind="stable")
    # The rarest levels first: a sample that stays as trials are added.
    rest = order[_N_BEST:]
    rest = rest[np.argsort(-levels_of(seen.numbers[rest]), kind="stable")]
    return seen.picked(np.sort(np.r_[order[:_N_BEST], rest[: _MAX_KNOWN - _N_BEST]]))


def _candidates(seen: Observations, rng: np.random.Generator) -> FloatArray:
    encoding: Encoding = seen.encoding
    drawn = rng.random((_N_CANDIDATES, encoding.n_dims))
    best = seen.filled[np.argsort(-seen.targets[:, 0], kind="stable")[:5]]
    near = best[rng.integers(len(best), size=_N_NEAR)]
    near = np.clip(near + rng.normal(0.0, _NEAR, near.shape), 0.0, 1.0)
    return encoding.snapped(np.concatenate([drawn, near]))
