"""What steering by stars and exclusions does: two simulated users against none.

Every 16 trials a user looks at the trials so far. One keeps the best cluster: the best trial and
its nearest good neighbours get a star, the worst half is excluded. The other keeps diverse ones:
the best of each of five clusters gets a star. Evolutionary search, the same seeds and budget.

    python benchmarks/optimizers/steering.py [--problems all] [--seeds 5]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from catalogue import chosen
from problem import Problem
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.optimizers.base import Optimizer
from tuneboard.engine.trial import Trial, TrialState

EVERY = 16
BUDGET = 96
AT = (32, 64, 96)
N_STARS = 5

Marks = tuple[list[int], list[int]]


def points_of(problem: Problem, trials: list[Trial]) -> np.ndarray:
    """Return where the trials lie in the unit cube, shape (n, d)."""
    points = Encoding(problem.space).encode([trial.config for trial in trials])
    return np.nan_to_num(points, nan=0.5)


def no_user(_problem: Problem, _trials: list[Trial]) -> Marks:
    """Mark nothing."""
    return [], []


def keeper_of_the_best(problem: Problem, trials: list[Trial]) -> Marks:
    """Star the best trial and the four good ones nearest to it; exclude the worst half."""
    ranked = sorted(trials, key=lambda trial: -trial.score)
    good = ranked[: len(ranked) // 2]
    points = points_of(problem, good)
    nearest = np.argsort(((points - points[0]) ** 2).sum(axis=1), kind="stable")
    starred = [good[place].number for place in nearest[:N_STARS]]
    return starred, [trial.number for trial in ranked[len(good) :]]


def keeper_of_diversity(problem: Problem, trials: list[Trial]) -> Marks:
    """Star the best trial of each of five clusters."""
    from sklearn.cluster import KMeans

    points = points_of(problem, trials)
    clusters = KMeans(N_STARS, n_init=3, random_state=0).fit_predict(points)
    best: dict[int, Trial] = {}
    for cluster, trial in zip(clusters.tolist(), trials, strict=True):
        if cluster not in best or trial.score > best[cluster].score:
            best[cluster] = trial
    return [trial.number for trial in best.values()], []


USERS: dict[str, Callable[[Problem, list[Trial]], Marks]] = {
    "no steering": no_user,
    "keep the best cluster": keeper_of_the_best,
    "keep diverse ones": keeper_of_diversity,
}


def regrets(problem: Problem, user: Callable[[Problem, list[Trial]], Marks], seed: int) -> list:
    """Return the normalised regret at the numbers of trials in `AT`."""
    search: Optimizer = make_optimizer("evolutionary", problem.space, seed=seed, n_trials=BUDGET)
    rng = np.random.default_rng([seed, 1])
    trials: list[Trial] = []
    best, curve = np.inf, []
    for number in range(1, BUDGET + 1):
        proposal = search.ask(number)
        told, loss = problem.evaluate(proposal.config, rng)
        made = proposal.provenance
        trial = Trial(number, proposal.config, TrialState.COMPLETED, made, score=-told)
        search.tell(trial)
        trials.append(trial)
        best = min(best, loss)
        curve.append(problem.regret(best))
        if number % EVERY == 0:
            search.steer(*user(problem, trials))
    return [curve[number - 1] for number in AT]


def main() -> None:
    """Run all users on all problems and print the means, with what a user gains over none."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", default="all")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    problems = chosen(options.problems)
    table = {
        name: np.array(
            [regrets(one, user, seed) for one in problems for seed in range(options.seeds)]
        )
        for name, user in USERS.items()
    }
    rng = np.random.default_rng(0)
    none = table["no steering"]
    draws = rng.integers(len(none), size=(2000, len(none)))
    print(f"{'user':<24}" + "".join(f"{number:>9}" for number in AT) + "   difference at the end")
    for name, values in table.items():
        gain = (values - none)[:, -1]
        low, high = np.quantile(gain[draws].mean(axis=1), [0.025, 0.975])
        means = "".join(f"{mean:9.3f}" for mean in values.mean(axis=0))
        print(f"{name:<24}{means}   {gain.mean():+.3f} ({low:+.3f} to {high:+.3f})")


if __name__ == "__main__":
    main()
