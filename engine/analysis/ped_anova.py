"""PED-ANOVA: where the good trials lie, against where all of them lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..encoding import Encoding, FloatArray
from .effects import Effects, effects, no_effects, shifted_interval
from .observations import IntArray, Observations

QUANTILE = 0.1
MIN_TOP = 5
_N_CELLS = 50
_SIGMA_MIN = 0.5 / 1.64  # 90 % of a kernel fill its own cell
_TINY = 1e-12


@dataclass(frozen=True)
class _Column:
    """The cells of one hyper-parameter, and whether they stand in an order."""

    n_cells: int
    has_order: bool


@dataclass(frozen=True)
class _Grid:
    """The cells of all hyper-parameters; `hot` has a 1 where a trial (column) is in a cell."""

    columns: list[_Column]
    hot: Any

    def tallies(self, counts: FloatArray) -> list[FloatArray]:
        """Return what counts (B, n) add up to in each cell, (B, cells) of each column."""
        ends = np.cumsum([column.n_cells for column in self.columns])[:-1]
        return np.split(np.asarray(self.hot @ counts.T).T, ends, axis=1)


def ped_anova(seen: Observations, *, seed: int, n_resamples: int) -> Effects:
    """Compare the density of the best tenth of the trials with that of all.

    For each hyper-parameter both densities are estimated on a grid of at most 50 cells, and
    the effect is the Pearson divergence between them: the variance that the hyper-parameter
    alone explains of whether a trial is among the best (Watanabe, Bansal and Hutter 2023,
    "PED-ANOVA: Efficiently quantifying hyperparameter importance in arbitrary subspaces",
    eq. 16; here local, against the trials looked at, not against the whole space). The score
    is higher-is-better: the best are the highest. Where a hyper-parameter is inactive in some,
    the divergence is that of the active ones, times the square of their share among the best
    over that among all. Effects are given as shares of their sum. For a target of words, the
    trials of each word take the place of the best, weighed by how many they are.

    Intervals are from a bootstrap over the trials. An effect is unclear that as many trials
    drawn at random in place of the best exceed in more than one of twenty draws.

    Parameters
    ----------
    seen : Observations
        Of a target that varies.
    seed : int
        Drives the bootstrap and the draws.
    n_resamples : int
        Bootstrap samples, and draws; 0 for neither.
    """
    grid = _grid(seen.encoding, seen.points)
    once = np.ones((1, seen.n))
    tops = _tops(seen.targets, once)
    raw = _effects(grid, tops, once)[0]
    if raw.sum() <= 0:
        return no_effects()
    found = raw / raw.sum()
    if not n_resamples:
        return effects(found, found, found)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(seen.n, size=(n_resamples, seen.n))
    counts = np.array([np.bincount(row, minlength=seen.n) for row in drawn], dtype=float)
    replicates = _effects(grid, _tops(seen.targets, counts), counts)
    shares = replicates / np.maximum(replicates.sum(axis=1, keepdims=True), _TINY)
    # All words are dealt out anew at once, so that each trial keeps one.
    dealt = rng.permuted(np.tile(np.arange(seen.n), (n_resamples, 1)), axis=1)
    by_chance = _effects(grid, [top[0][dealt] for top in tops], once)
    is_unclear = raw <= np.percentile(by_chance, 95, axis=0)
    return effects(found, *shifted_interval(found, shares, top=1.0), is_unclear)


def _effects(grid: _Grid, tops: Sequence[FloatArray], counts: FloatArray) -> FloatArray:
    """Return the divergences, shape (B, d).

    Each of `tops`, of shape (B, n), tells how often each trial counts among those to be told
    from the rest; in all it counts `counts` times, of shape (B, n) or (1, n).
    """
    alls, total = grid.tallies(counts), np.zeros((len(tops[0]), len(grid.columns)))
    n_all = counts.sum(axis=1)
    for top in tops:
        found, n_top = grid.tallies(top), top.sum(axis=1)
        weight = n_top / n_all if len(tops) > 1 else np.ones(len(top))
        for index, column in enumerate(grid.columns):
            share_top = found[index].sum(axis=1) / np.maximum(n_top, 1)
            share_all = np.maximum(alls[index].sum(axis=1) / np.maximum(n_all, 1), _TINY)
            divergence = _divergence(column, found[index], alls[index])
            total[:, index] += weight * divergence * share_top**2 / share_all
    return total


def _tops(targets: FloatArray, counts: FloatArray) -> list[FloatArray]:
    """Return how often each trial counts among the best, or among those of each word."""
    if targets.shape[1] > 1:
        return [counts * is_word for is_word in targets.T]
    scores = targets[:, 0]
    order = np.argsort(-scores, kind="stable")
    n_top = np.maximum(np.ceil(QUANTILE * counts.sum(axis=1)), MIN_TOP)
    last = (counts[:, order].cumsum(axis=1) >= n_top[:, None]).argmax(axis=1)
    # All that tie with the last of them are in.
    return [counts * (scores >= scores[order][last][:, None])]


def _grid(encoding: Encoding, points: FloatArray) -> _Grid:
    from scipy.sparse import csr_array

    columns, places, rows, start = [], [], [], 0
    for index in range(encoding.n_dims):
        column, cells = _column(encoding, index, points[:, index])
        active = np.flatnonzero(cells >= 0)
        columns.append(column)
        rows.append(active)
        places.append(cells[active] + start)
        start += column.n_cells
    flat, at = np.concatenate(rows), np.concatenate(places)
    return _Grid(columns, csr_array((np.ones(len(at)), (at, flat)), shape=(start, len(points))))


def _column(encoding: Encoding, index: int, positions: FloatArray) -> tuple[_Column, IntArray]:
    """Return the cells of a hyper-parameter, and that of each trial, -1 where inactive."""
    one, n_levels = encoding.space.searched[index], encoding.n_levels[index]
    if n_levels is None:
        n_cells, spots = _N_CELLS, positions
    elif one.kind != "choice" and one.log:
        # The wide bins of the low values of a log scale want few cells.
        n_cells, spots = min(math.ceil(math.log2(n_levels)) + 1, _N_CELLS), positions
    else:
        n_cells = n_levels if one.kind == "choice" else min(n_levels, _N_CELLS)
        spots = (positions * n_levels - 0.5) / max(n_levels - 1, 1)
    cells = np.clip(np.ceil(spots * (n_cells - 1) - 0.5 - _TINY), 0, n_cells - 1)
    cells = np.where(np.isnan(cells), -1, cells).astype(np.int64)
    return _Column(n_cells, one.kind != "choice"), cells


def _divergence(column: _Column, tops: FloatArray, alls: FloatArray) -> FloatArray:
    """Return Pearson's divergence of the density of `tops` from that of `alls`."""
    density_top, density_all = _density(column, tops) + _TINY, _density(column, alls) + _TINY
    return np.asarray((density_all * (density_top / density_all - 1) ** 2).sum(axis=1))


def _density(column: _Column, tallies: FloatArray) -> FloatArray:
    """Return Parzen estimates on the cells, shape (B, m), with a prior of one trial."""
    if not column.has_order:
        return _density_of_choices(tallies)
    m = column.n_cells
    places = np.arange(m)
    sigma = np.maximum(_scott(tallies, places), _SIGMA_MIN)[:, None]
    kernels = _kernels(sigma, m)
    # Each kernel is cut off at the ends of the range, and fills it.
    mass = _normal((m - 0.5 - places) / sigma) - _normal((-0.5 - places) / sigma)
    apart = places[None, :] - places[:, None] + m - 1
    density = np.einsum("bi,bij->bj", tallies / mass, kernels[:, apart])
    prior = _prior(m)
    return np.asarray((density + prior) / (tallies.sum(axis=1, keepdims=True) + 1))


def _kernels(sigma: FloatArray, m: int) -> FloatArray:
    """Return the mass of a kernel on the cells at -(m - 1) to m - 1 from its own."""
    apart = np.arange(-(m - 1), m)
    return np.asarray(_normal((apart + 0.5) / sigma) - _normal((apart - 0.5) / sigma))


def _prior(m: int) -> FloatArray:
    away = np.arange(m) - (m - 1) / 2
    mass = _normal((away + 0.5) / m) - _normal((away - 0.5) / m)
    return np.asarray(mass / mass.sum())


def _scott(tallies: FloatArray, places: IntArray) -> FloatArray:
    """Return Scott's bandwidth (1992), in cells, from the smaller of two spreads."""
    n = np.maximum(tallies.sum(axis=1), 1)
    mean = tallies @ places / n
    squares = (tallies * (places - mean[:, None]) ** 2).sum(axis=1)
    deviation = np.sqrt(squares / np.maximum(n - 1, 1))
    running = tallies.cumsum(axis=1)
    first = (running >= np.maximum(n // 4, 1)[:, None]).argmax(axis=1)
    third = (running > (n * 3 // 4)[:, None]).argmax(axis=1)
    return np.asarray(1.059 * np.minimum((third - first) / 1.34, deviation) * n**-0.2)


def _density_of_choices(tallies: FloatArray) -> FloatArray:
    m = tallies.shape[1]
    prior = 1 / ((tallies > 0).sum(axis=1, keepdims=True) + 1)
    n = tallies.sum(axis=1, keepdims=True)
    return np.asarray(((tallies + n * prior) / (1 + m * prior) + 1 / m) / (n + 1))


def _normal(z: FloatArray) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))
