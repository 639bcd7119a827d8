"""The layering holds, and the checks that keep it do notice when it is broken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
FOLDERS = {"engine": "engine", "dashboard": "dashboard", "src/tuneboard": "."}
PAGE = {"panel", "holoviews", "bokeh"}
HEAVY = PAGE | {"sklearn", "scipy", "pandas", "deap", "pyarrow", "sqlalchemy"}


def engine_modules() -> list[str]:
    files = sorted((ROOT / "engine").rglob("*.py"))
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    return [".".join(["tuneboard", *one]).removesuffix(".__init__") for one in parts]


# `OneOf` is a scikit-learn estimator: whoever imports it wants scikit-learn.
WHOLE_ENGINE = "\n".join(
    f"import {name}" for name in engine_modules() if not name.endswith(".one_of")
)


def in_fresh_process(statement: str, answer: str) -> Any:
    """Run `statement` in a process of its own and return what `answer` is worth there."""
    code = f"import json, sys, time\n{statement}\nprint(json.dumps({answer}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def imported_by(statement: str) -> set[str]:
    """Return the top-level packages that a fresh process has loaded after `statement`."""
    return {name.partition(".")[0] for name in in_fresh_process(statement, "list(sys.modules)")}


@pytest.mark.parametrize("package", ["tuneboard", "tuneboard.engine"])
def test_importing_the_package_loads_nothing_heavy(package: str) -> None:
    assert not imported_by(f"import {package}") & HEAVY


def test_no_module_of_the_engine_loads_anything_of_the_page() -> None:
    assert not imported_by(WHOLE_ENGINE) & PAGE


def test_importing_the_whole_engine_takes_less_than_a_second_of_work() -> None:
    times_s = [in_fresh_process(WHOLE_ENGINE, "time.process_time()") for _ in range(3)]

    assert min(times_s) < 1


def run_as_installed(tree: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    paths = {"PYTHONPATH": str(tree), "MYPYPATH": str(tree)}
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the packages as a wheel would."""
    tree = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [ROOT / ".ci" / "as_installed", "true"],
        env={**os.environ, "PYTHON": sys.executable, "TUNEBOARD_TREE": str(tree)},
        check=True,
    )
    return tree


@pytest.fixture
def copy(installed: Path, tmp_path: Path) -> Path:
    """Return the packages again, to be spoilt."""
    shutil.copytree(installed, tmp_path, dirs_exist_ok=True)
    for view in ("one", "other"):
        (tmp_path / "tuneboard" / "dashboard" / "views" / f"{view}.py").touch()
    return tmp_path


def test_a_wheel_holds_every_file_of_the_packages(installed: Path) -> None:
    expected, junk = set(), {"__pycache__", ".ipynb_checkpoints"}
    for folder, place in FOLDERS.items():
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and not junk & set(file.parts):
                expected.add(Path(place) / file.relative_to(ROOT / folder))
    found = {
        path.relative_to(installed / "tuneboard") for path in installed.rglob("*") if path.is_file()
    }

    assert found == expected


BROKEN = {
    "engine-without-page": ("engine/space.py", "def f():\n    import panel"),
    "engine-layers": ("engine/encoding.py", "from .optimizers import base"),
    "one-store": ("engine/study.py", "from sqlalchemy import select"),
    "views-apart": ("dashboard/views/one.py", "from .other import View"),
    "state-without-widgets": ("dashboard/state.py", "import panel as pn"),
}


def test_every_import_contract_is_listed_here() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [one["id"] for one in config["tool"]["importlinter"]["contracts"]]

    assert contracts == list(BROKEN)


@pytest.mark.parametrize("contract", BROKEN)
def test_an_import_against_the_layering_is_noticed(contract: str, copy: Path) -> None:
    file, line = BROKEN[contract]
    check = [BIN / "lint-imports", "--no-logo", "--no-cache", "--contract", contract]
    before = run_as_installed(copy, *check)
    with (copy / "tuneboard" / file).open("a", encoding="utf-8") as spoilt:
        spoilt.write(f"\n{line}\n")

    after = run_as_installed(copy, *check)

    assert before.returncode == 0, before.stdout
    assert after.returncode == 1
    assert "1 broken" in after.stdout


def test_the_engine_has_its_types_when_seen_from_the_dashboard(copy: Path) -> None:
    probe = copy / "tuneboard" / "dashboard" / "probe.py"
    probe.write_text(
        "from ..engine.metric import find_metric\n"
        "reveal_type(find_metric(None, 'regression'))\n"
        "find_metric(3, 'regression')\n",
        encoding="utf-8",
    )
    cache = f"--cache-dir={copy / 'cache'}"

    told = run_as_installed(
        copy, sys.executable, "-m", "mypy", cache, "-m", "tuneboard.dashboard.probe"
    )

    assert 'Revealed type is "tuneboard.engine.metric.Metric"' in told.stdout
    assert 'Argument 1 to "find_metric" has incompatible type "int"' in told.stdout


def test_a_type_error_inside_the_engine_is_noticed(copy: Path) -> None:
    with (copy / "tuneboard" / "engine" / "errors.py").open("a", encoding="utf-8") as spoilt:
        spoilt.write("\nWRONG: int = 'text'\n")
    cache = f"--cache-dir={copy / 'cache'}"

    told = run_as_installed(
        copy, sys.executable, "-m", "mypy", cache, "-m", "tuneboard.engine.errors"
    )

    assert told.returncode == 1
    assert "errors.py" in told.stdout
    assert 'expression has type "str", variable has type "int"' in told.stdout
