"""sklearn-genetic-opt, which searches by itself: its model asks us for the score."""

import warnings

import numpy as np
from protocol import InvertedPeer, active, serve
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn_genetic import GASearchCV
from sklearn_genetic.space import Categorical, Continuous, Integer

N_GENERATIONS = 10_000


class Model(RegressorMixin, BaseEstimator):
    """A model of any hyper-parameters, which learns nothing."""

    def __init__(self, **values):
        self.values = values

    def get_params(self, deep=True):
        """Return the hyper-parameters."""
        return dict(self.values)

    def set_params(self, **values):
        """Set some of them."""
        self.values = {**self.values, **values}
        return self

    def fit(self, features, target):
        """Learn nothing."""
        return self


class GeneticOptPeer(InvertedPeer):
    """sklearn-genetic-opt with its defaults, and more generations than will be asked for.

    It knows no conditions: what is inactive counts nothing. Configurations that it has seen
    before it takes from its cache, so they cost it no evaluation.
    """

    package = "sklearn-genetic-opt"

    def start(self, space, seed, n_trials, options):
        """Make the search."""
        warnings.simplefilter("ignore")
        self.space = space
        self.arguments = {"random_state": seed, "generations": N_GENERATIONS}
        self.begin()

    def search(self):
        """Run it on data of no meaning, with one split."""
        places = np.arange(4)
        GASearchCV(
            Model(**{one["name"]: start_value(one) for one in self.space}),
            cv=[(places, places)],
            param_grid={one["name"]: dimension(one) for one in self.space},
            scoring=self.score,
            refit=False,
            verbose=False,
            error_score="raise",
            **self.arguments,
        ).fit(np.zeros((4, 1)), places)

    def score(self, model, features, target):
        """Ask for the score of the model's hyper-parameters."""
        return -self.evaluate(active(self.space, model.get_params()))

    def evaluate(self, config):
        """Pass out a configuration of plain values."""
        return super().evaluate(
            {name: getattr(raw, "item", lambda raw=raw: raw)() for name, raw in config.items()}
        )


def dimension(one):
    """Build one hyper-parameter."""
    if one["kind"] == "choice":
        return Categorical(list(range(one["n_choices"])))
    distribution = "log-uniform" if one["log"] else "uniform"
    if one["kind"] == "int":
        return Integer(one["low"], one["high"])
    return Continuous(one["low"], one["high"], distribution=distribution)


def start_value(one):
    """Return the value that the model has before it is tuned."""
    if one["kind"] == "choice":
        return 0
    mean = (one["low"] * one["high"]) ** 0.5 if one["log"] else (one["low"] + one["high"]) / 2
    return round(mean) if one["kind"] == "int" else mean


if __name__ == "__main__":
    serve(GeneticOptPeer())
