"""The JupyterLab extension: built, up to date, and where JupyterLab looks for it."""

from __future__ import annotations

import json
import runpy
import tomllib
from pathlib import Path

import pytest
from tuneboard.dashboard.extension_files import install

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "dashboard" / "labextension"
SCRIPT = ROOT / ".ci" / "labextension.py"


def test_the_built_files_are_those_of_the_sources() -> None:
    assert runpy.run_path(str(SCRIPT))["check"]() == ""


def test_a_source_that_has_changed_is_noticed(tmp_path: Path) -> None:
    script = runpy.run_path(str(SCRIPT))
    before = script["digest"]()
    script["sources"].__globals__["SOURCES"] = tmp_path
    (tmp_path / "index.ts").write_text("changed", encoding="utf-8")
    assert script["digest"]() != before
    assert "has changed since it was built" in script["check"]()


def test_an_editable_install_puts_the_extension_where_jupyterlab_looks(tmp_path: Path) -> None:
    for _ in range(2):
        place = install(tmp_path)
    assert place == tmp_path / "share" / "jupyter" / "labextensions" / "tuneboard"
    package = json.loads((place / "package.json").read_text(encoding="utf-8"))
    assert (place / package["jupyterlab"]["_build"]["load"]).is_file()
    assert (place / "schemas" / "tuneboard" / "plugin.json").is_file()


def test_a_wheel_brings_every_file_that_jupyterlab_reads() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["tool"]["setuptools"]["data-files"].values()
    listed = {path for group in groups for one in group for path in ROOT.glob(one)}
    read = {one for one in BUILT.rglob("*") if one.is_file() and one.suffix in (".js", ".json")}
    assert read <= listed
    assert ROOT / "labextension" / "install.json" in listed


@pytest.mark.parametrize("name", ["package.json", "labextension/package.json"])
def test_the_version_is_that_of_the_package(name: str) -> None:
    path = BUILT / name if name == "package.json" else ROOT / name
    version = json.loads(path.read_text(encoding="utf-8"))["version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert version == project["project"]["version"]


def test_no_host_of_a_registry_is_committed() -> None:
    text = (ROOT / "labextension" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
