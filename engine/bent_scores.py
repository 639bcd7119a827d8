"""Scores bent towards a normal distribution, as a model of them wants."""

from __future__ import annotations

import numpy as np

from .embedding import FloatArray


def bent(raw: FloatArray) -> FloatArray:
    """Return scores bent towards a normal distribution, of zero mean and unit variance.

    By the transformation of Yeo and Johnson (2000), which keeps the order. Scores that are far
    worse than the rest are raised first: they would leave no room for the differences among the
    good ones.

    Parameters
    ----------
    raw : float array, shape (n,)
        Finite scores, higher is better.
    """
    from scipy.stats import yeojohnson

    spread = float(raw.std())
    if spread <= 1e-12 * float(np.abs(raw).max()):
        return np.zeros_like(raw)
    scores = (raw - raw.mean()) / spread
    quarter, middle = np.quantile(scores, [0.25, 0.5])
    fence = min(quarter - 4 * (middle - quarter), float(np.quantile(scores, 0.05)))
    scores = np.maximum(scores, fence)
    with np.errstate(all="ignore"):
        transformed = np.asarray(yeojohnson(scores)[0])
    if np.isfinite(transformed).all() and transformed.std() > 1e-6:
        scores = transformed
    return np.asarray((scores - scores.mean()) / scores.std())


def unbent(values: FloatArray, raw: FloatArray, scores: FloatArray) -> FloatArray:
    """Return what bent values are in units of the raw scores, by the straight line between them.

    Parameters
    ----------
    values : float array, shape (m,)
        Means of a model, say.
    raw, scores : float array, shape (n,)
        Scores before and after bending; beyond them their ends are taken.
    """
    order = np.argsort(scores, kind="stable")
    return np.asarray(np.interp(values, scores[order], raw[order]))
