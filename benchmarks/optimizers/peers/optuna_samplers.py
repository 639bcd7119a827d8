"""Optuna's samplers; conditions are walked through by `suggest`, as Optuna's users do.

With the option `is_flat` all is suggested, active or not: samplers that model the numbers that all
trials have would otherwise draw conditional ones at random.
"""

import warnings

import optuna
from protocol import Peer, active, serve


class OptunaPeer(Peer):
    """One of Optuna's samplers, named by the option `sampler`."""

    package = "optuna"

    def start(self, space, seed, n_trials, options):
        """Make a study in memory."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        more = dict(options)
        self.is_flat = more.pop("is_flat", False)
        sampler = getattr(optuna.samplers, more.pop("sampler"))(seed=seed, **more)
        self.study = optuna.create_study(sampler=sampler)
        self.space = space

    def ask(self):
        """Ask for a trial and suggest what is active."""
        self.trial = self.study.ask()
        if self.is_flat:
            return active(self.space, {one["name"]: self.suggest(one) for one in self.space})
        config = {}
        for one in self.space:
            if not one["when"] or config.get(one["when"][0]) in one["when"][1:]:
                config[one["name"]] = self.suggest(one)
        return config

    def suggest(self, one):
        """Suggest one value."""
        if one["kind"] == "choice":
            return self.trial.suggest_categorical(one["name"], list(range(one["n_choices"])))
        suggest = self.trial.suggest_int if one["kind"] == "int" else self.trial.suggest_float
        return suggest(one["name"], one["low"], one["high"], log=one["log"])

    def tell(self, loss):
        """Tell the trial."""
        self.study.tell(self.trial, loss)

    def recall(self, configs, losses):
        """Add finished trials."""
        ranges = {one["name"]: self.distribution(one) for one in self.space}
        for config, loss in zip(configs, losses, strict=True):
            distributions = {name: ranges[name] for name in config}
            trial = optuna.trial.create_trial(
                params=config, distributions=distributions, value=loss
            )
            self.study.add_trial(trial)

    def distribution(self, one):
        """Return the range of one hyper-parameter."""
        found = optuna.distributions
        if one["kind"] == "choice":
            return found.CategoricalDistribution(list(range(one["n_choices"])))
        make = found.IntDistribution if one["kind"] == "int" else found.FloatDistribution
        return make(one["low"], one["high"], log=one["log"])


if __name__ == "__main__":
    serve(OptunaPeer())
