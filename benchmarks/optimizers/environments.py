"""Make the environments of the peers under `build/bench`: all of them, or those named.

python benchmarks/optimizers/environments.py
python benchmarks/optimizers/environments.py optuna smac3
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass

from peer_process import ENVIRONMENTS, READY

CPU_TORCH = (
    "torch==2.13.0",
    "filelock",
    "typing-extensions",
    "sympy",
    "networkx",
    "jinja2",
    "fsspec",
    "setuptools>=77",
)
"""PyTorch, installed without the gigabytes that it needs for GPUs only."""

# HEBO wants a numpy below 1.25; without these pip tries one old release after the other.
WITH_HEBO = ("numpy==1.24.4", "scipy==1.11.4", "pandas==2.0.3", "matplotlib==3.8.4", "GPy==1.13.2")


@dataclass(frozen=True)
class Environment:
    """What one environment holds.

    Parameters
    ----------
    packages : tuple of str
        Installed together, as pip takes them.
    alone : tuple of str
        Installed before these, without what they say they need.
    python : str
        The Python that it is made with, where that is not the one which runs this.
    """

    packages: tuple[str, ...]
    alone: tuple[str, ...] = ()
    python: str = ""


WANTED = {
    "optuna": Environment((*CPU_TORCH[1:], "optuna==5.0.0", "cmaes", "scipy"), CPU_TORCH[:1]),
    "hebo": Environment((*CPU_TORCH[1:], *WITH_HEBO, "HEBO==0.3.6"), CPU_TORCH[:1]),
    "smac3": Environment(("smac==2.4.1",)),
    "hyperopt": Environment(("hyperopt==0.3.0",)),
    "sklearn_genetic_opt": Environment(("sklearn-genetic-opt==0.14.0",), python="python3.13"),
    "dehb": Environment(("DEHB==0.1.2",)),
}


def make(name: str) -> bool:
    """Make one environment anew; say whether that went well."""
    wanted, folder = WANTED[name], ENVIRONMENTS / name
    shutil.rmtree(folder, ignore_errors=True)
    python = shutil.which(wanted.python) if wanted.python else sys.executable
    if python is None:
        print(f"{name}: {wanted.python} is not installed here")
        return False
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    steps = [[python, "-m", "venv", str(folder)]]
    steps += [[*pip, "--no-deps", *wanted.alone]] if wanted.alone else []
    steps += [[*pip, *wanted.packages]]
    for step in steps:
        if subprocess.run(step, check=False).returncode:
            print(f"{name}: failed at {' '.join(step)}")
            return False
    (folder / READY).touch()
    print(f"{name}: ready")
    return True


def main() -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*WANTED, []], help="otherwise all")
    names = parser.parse_args().names or list(WANTED)
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    made = [make(name) for name in names]
    sys.exit(0 if all(made) else 1)


if __name__ == "__main__":
    main()
