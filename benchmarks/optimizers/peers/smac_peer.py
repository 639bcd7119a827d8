"""SMAC3 by its facade for hyper-parameters: a random forest with expected improvement."""

import tempfile
from pathlib import Path

from config_space import config_space, plain
from ConfigSpace import Configuration
from protocol import Peer, serve
from smac import HyperparameterOptimizationFacade, Scenario
from smac.runhistory.dataclasses import TrialInfo, TrialValue


class SmacPeer(Peer):
    """SMAC3 with its defaults; each configuration is evaluated once."""

    package = "smac"

    def start(self, space, seed, n_trials, options):
        """Make the facade; it writes what it does to a folder, which goes with the process."""
        self.folder = tempfile.TemporaryDirectory()
        self.space = space
        self.configspace = config_space(space, seed)
        scenario = Scenario(
            self.configspace,
            deterministic=True,
            n_trials=n_trials,
            seed=seed,
            output_directory=Path(self.folder.name),
        )
        self.smac = HyperparameterOptimizationFacade(
            scenario, never_called, overwrite=True, logging_level=False
        )

    def ask(self):
        """Ask for one trial."""
        self.info = self.smac.ask()
        return plain(self.space, self.info.config)

    def tell(self, loss):
        """Tell its loss."""
        self.smac.tell(self.info, TrialValue(cost=loss), save=False)

    def recall(self, configs, losses):
        """Tell trials that were never asked for."""
        for config, loss in zip(configs, losses, strict=True):
            values = {
                one["name"]: str(config[one["name"]])
                if one["kind"] == "choice"
                else config[one["name"]]
                for one in self.space
                if one["name"] in config
            }
            info = TrialInfo(Configuration(self.configspace, values=values), seed=0)
            self.smac.tell(info, TrialValue(cost=loss), save=False)


def never_called(config, seed=0):
    """Stand for the objective."""
    raise NotImplementedError


if __name__ == "__main__":
    serve(SmacPeer())
