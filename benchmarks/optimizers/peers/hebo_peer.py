"""HEBO, which knows no conditions: it searches the flat space, inactive values change nothing."""

import random
import warnings

import numpy as np
import pandas as pd
import torch
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO
from protocol import Peer, active, serve


class HeboPeer(Peer):
    """HEBO with its defaults."""

    package = "HEBO"

    def start(self, space, seed, n_trials, options):
        """Make the optimizer; it draws from global generators too."""
        warnings.simplefilter("ignore")
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 (it is this one that it draws from)
        torch.manual_seed(seed)
        self.space = space
        self.hebo = HEBO(DesignSpace().parse([described(one) for one in space]), scramble_seed=seed)

    def ask(self):
        """Ask for one suggestion."""
        self.suggested = self.hebo.suggest(1)
        row = self.suggested.iloc[0]
        return active(self.space, {one["name"]: value(one, row[one["name"]]) for one in self.space})

    def tell(self, loss):
        """Tell the suggestion's loss."""
        self.hebo.observe(self.suggested, np.array([[loss]]))

    def recall(self, configs, losses):
        """Observe trials; what is inactive in them stands in the middle."""
        rows = [
            {one["name"]: config.get(one["name"], middle(one)) for one in self.space}
            for config in configs
        ]
        frame = pd.DataFrame(rows)
        for one in self.space:
            if one["kind"] == "choice":
                frame[one["name"]] = frame[one["name"]].map(str)
        self.hebo.observe(frame, np.array(losses).reshape(-1, 1))


def described(one):
    """Word one hyper-parameter as HEBO does."""
    if one["kind"] == "choice":
        categories = [str(place) for place in range(one["n_choices"])]
        return {"name": one["name"], "type": "cat", "categories": categories}
    kinds = {
        ("real", False): "num",
        ("real", True): "pow",
        ("int", False): "int",
        ("int", True): "pow_int",
    }
    kind = kinds[one["kind"], one["log"]]
    return {"name": one["name"], "type": kind, "lb": one["low"], "ub": one["high"]}


def value(one, raw):
    """Turn a value of HEBO's into a plain one within the range."""
    if one["kind"] == "choice":
        return int(raw)
    number = min(max(float(raw), one["low"]), one["high"])
    return round(number) if one["kind"] == "int" else number


def middle(one):
    """Return a value for what has none."""
    if one["kind"] == "choice":
        return 0
    mean = (one["low"] * one["high"]) ** 0.5 if one["log"] else (one["low"] + one["high"]) / 2
    return round(mean) if one["kind"] == "int" else mean


if __name__ == "__main__":
    serve(HeboPeer())
