"""hyperopt's TPE on its own tree of conditions."""

import numpy as np
from hyperopt import Trials, hp, tpe
from hyperopt.base import JOB_STATE_DONE, Domain
from protocol import Peer, serve


class HyperoptPeer(Peer):
    """hyperopt's TPE with its defaults."""

    package = "hyperopt"

    def start(self, space, seed, n_trials, options):
        """Make the domain; the objective is never called."""
        self.space = space
        self.rng = np.random.default_rng(seed)
        self.trials = Trials()
        self.domain = Domain(never_called, tree(space))

    def ask(self):
        """Suggest one trial, as `fmin` does."""
        ids = self.trials.new_trial_ids(1)
        self.trials.refresh()
        seed = int(self.rng.integers(2**31 - 1))
        (document,) = tpe.suggest(ids, self.domain, self.trials, seed)
        self.trials.insert_trial_docs([document])
        self.trials.refresh()
        self.document = self.trials._dynamic_trials[-1]
        found = self.document["misc"]["vals"]
        return {
            one["name"]: value(one, found[one["name"]][0])
            for one in self.space
            if found[one["name"]]
        }

    def tell(self, loss):
        """Tell its loss."""
        self.document["state"] = JOB_STATE_DONE
        self.document["result"] = {"loss": loss, "status": "ok"}
        self.trials.refresh()


def never_called(config):
    """Stand for the objective."""
    raise NotImplementedError


def tree(space):
    """Build the space: what has a condition hangs below the choice that it depends on."""
    nodes = {}
    # From the last on, so that children are there before their parents.
    for one in reversed(space):
        nodes[one["name"]] = node(one, space, nodes)
    return {one["name"]: nodes[one["name"]] for one in space if not one["when"]}


def node(one, space, nodes):
    """Build one hyper-parameter, with those that depend on it."""
    name = one["name"]
    if one["kind"] == "choice":
        branches = []
        for place in range(one["n_choices"]):
            below = [child for child in space if child["when"] and child["when"][0] == name]
            active = [child["name"] for child in below if place in child["when"][1:]]
            branches.append({"place": place, **{child: nodes[child] for child in active}})
        return hp.choice(name, branches)
    low, high = one["low"], one["high"]
    if one["log"]:
        low, high = float(np.log(low)), float(np.log(high))
        return (
            hp.qloguniform(name, low, high, 1)
            if one["kind"] == "int"
            else hp.loguniform(name, low, high)
        )
    return hp.uniformint(name, low, high) if one["kind"] == "int" else hp.uniform(name, low, high)


def value(one, raw):
    """Turn a value of hyperopt's into a plain one within the range."""
    if one["kind"] == "choice":
        return int(raw)
    number = min(max(float(raw), one["low"]), one["high"])
    return round(number) if one["kind"] == "int" else number


if __name__ == "__main__":
    serve(HyperoptPeer())
