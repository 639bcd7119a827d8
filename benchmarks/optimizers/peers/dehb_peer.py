"""DEHB without fidelities, which is its differential evolution."""

import tempfile
import warnings

from config_space import config_space, plain
from dehb.optimizers import DE
from protocol import InvertedPeer, serve

N_GENERATIONS = 10_000


class DehbPeer(InvertedPeer):
    """DEHB's differential evolution, as its own page shows it: rand1_bin, 0.5 and 0.5."""

    package = "DEHB"

    def start(self, space, seed, n_trials, options):
        """Make the search; it writes to a folder, which goes with the process."""
        warnings.simplefilter("ignore")
        self.folder = tempfile.TemporaryDirectory()
        self.space = space
        self.search_by = DE(
            cs=config_space(space, seed),
            f=self.fitness,
            pop_size=20,
            mutation_factor=0.5,
            crossover_prob=0.5,
            strategy="rand1_bin",
            seed=seed,
            output_path=self.folder.name,
        )
        self.begin()

    def search(self):
        """Run it."""
        self.search_by.run(generations=N_GENERATIONS)

    def fitness(self, configuration, **more):
        """Pass out a configuration."""
        return {"fitness": self.evaluate(plain(self.space, configuration)), "cost": 1.0}


if __name__ == "__main__":
    serve(DehbPeer())
