"""The project's own papers agree with one another and with what is installed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import tuneboard

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MACHINE_PATHS = re.compile(
    "|".join(
        [
            *(f"(?<![\\w.])/{top}/" for top in ("home", "root", "work", "Users")),
            r"\b[A-Z]:\\\\?Users",
        ]
    )
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def names_and_bounds(lines: list[str]) -> dict[str, str]:
    parsed = [Requirement(line) for line in lines]
    return {one.name.lower(): str(one.specifier) for one in parsed}


def all_requirements() -> list[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    return [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *(line for extra in extras for line in extra),
    ]


def tracked_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name]


def code_blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.+?)\n```", text, flags=re.DOTALL)


def test_environment_yml_lists_the_runtime_dependencies_with_the_same_bounds() -> None:
    environment = yaml.safe_load(read("environment.yml"))
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    found = names_and_bounds(conda)
    python = found.pop("python")
    found.pop("pip")

    assert found == names_and_bounds(PROJECT["project"]["dependencies"])
    assert python == str(Requirement(f"python{PROJECT['project']['requires-python']}").specifier)


def test_environment_yml_installs_the_checkout_itself_with_the_tools() -> None:
    (pip,) = [
        line
        for line in yaml.safe_load(read("environment.yml"))["dependencies"]
        if isinstance(line, dict)
    ]

    assert pip == {"pip": ["-e .[dev]"]}


def test_the_changelog_has_the_current_version_on_top() -> None:
    versions = re.findall(r"^## \[([^\]]+)\]", read("CHANGELOG.md"), flags=re.MULTILINE)

    assert versions[0] == PROJECT["project"]["version"]


def test_every_dependency_has_one_line_of_reason_in_contributing() -> None:
    section = read("CONTRIBUTING.md").split("## Dependencies\n")[1].split("\n## ")[0]
    reasons = dict(re.findall(r"^- `([^`]+)`: (\S.{10,})$", section, flags=re.MULTILINE))

    assert {name.lower() for name in reasons} == set(names_and_bounds(all_requirements()))


def test_the_readme_begins_with_the_two_commands() -> None:
    run, test = code_blocks(read("README.md"))[:2]

    assert "panel serve dashboard" in run
    assert test.endswith("-m pytest")
    assert read("README.md").index(test) < 800


def test_ci_runs_the_test_command_of_the_readme() -> None:
    test = code_blocks(read("README.md"))[1]
    lines = [line.strip().removesuffix(" || exit") for line in read(".ci/run").splitlines()]

    assert test in lines


def test_the_licence_is_the_one_that_pyproject_names() -> None:
    assert PROJECT["project"]["license"] == "BSD-3-Clause"
    assert read("LICENSE").startswith("BSD 3-Clause License")


def test_no_tracked_text_file_holds_a_path_of_one_machine() -> None:
    guilty = []
    for path in tracked_files():
        if not path.is_file() or b"\0" in path.read_bytes():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if MACHINE_PATHS.search(line):
                guilty.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")

    assert not guilty


@pytest.mark.parametrize("line", ["see /" + "home/ann/x", '"/' + 'root/x"', "C:" + "\\Users\\ann"])
def test_a_path_of_one_machine_is_recognised(line: str) -> None:
    assert MACHINE_PATHS.search(line)


def test_the_readme_examples_name_only_what_the_package_offers() -> None:
    imported = re.findall(r"^from tuneboard import (\w+)$", read("README.md"), flags=re.MULTILINE)

    assert imported
    assert [name for name in imported if not hasattr(tuneboard, name)] == []
