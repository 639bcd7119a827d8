"""Make these files again, with SMAC and Ray themselves: `python record.py FOLDER`.

They are too large to be installed for two tests. The files here are of smac 2.4.1 and ray 2.60.0.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any


def record_smac(to: Path) -> None:
    """Run SMAC on a bowl, with a budget of 8 trials."""
    import smac
    from ConfigSpace import Categorical, ConfigurationSpace, Float

    space = ConfigurationSpace(seed=1)
    space.add(Float("x", (-1.0, 1.0)), Categorical("kind", ["a", "b"]))
    scenario = smac.Scenario(space, n_trials=8, output_directory=to / "work", name="bowl", seed=1)

    def bowl(config: Any, seed: int) -> float:
        return config["x"] ** 2 + (config["kind"] == "b") + 0 * seed

    smac.RandomFacade(scenario, bowl).optimize()
    (found,) = to.rglob("runhistory.json")
    (to / "smac").mkdir()
    for name in ("runhistory.json", "configspace.json"):
        shutil.copy(found.parent / name, to / "smac" / name)
    shutil.rmtree(to / "work")


def record_ray(to: Path) -> None:
    """Run Ray Tune over two learning rates, with three reports each and one trial that fails."""
    from ray import tune

    def train(config: dict[str, Any]) -> None:
        for step in range(3):
            if config["model"]["lr"] > 0.3:
                raise ValueError("diverged")
            tune.report({"loss": config["model"]["lr"] + step})

    tune.Tuner(
        train,
        param_space={"model": {"lr": tune.grid_search([0.1, 0.2, 0.4])}},
        run_config=tune.RunConfig(storage_path=str(to / "work"), name="runs", verbose=0),
    ).fit()
    for found in (to / "work" / "runs").glob("*/params.json"):
        place = to / "ray" / found.parent.name.rsplit("_", 2)[0]
        place.mkdir(parents=True)
        for name in ("params.json", "result.json", "error.txt"):
            if (found.parent / name).exists():
                text = (found.parent / name).read_text()
                (place / name).write_text(_without_place(text, name))
    shutil.rmtree(to / "work")


def _without_place(text: str, name: str) -> str:
    """Leave out what says on which machine this was, and where in it."""
    if name == "error.txt":
        return text.strip().splitlines()[-1] + "\n"
    rows = [json.loads(line) for line in text.splitlines()] if name == "result.json" else []
    for row in rows:
        row.update(hostname="host", node_ip="127.0.0.1")
    return "".join(json.dumps(row) + "\n" for row in rows) or text


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for tool in sys.argv[2:] or ("smac", "ray"):
        {"smac": record_smac, "ray": record_ray}[tool](folder)
