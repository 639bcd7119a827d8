from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from tuneboard.engine.conversion.from_configspace import from_configspace
from tuneboard.engine.conversion.optional import is_of, load
from tuneboard.engine.conversion.optuna_space import from_optuna, to_optuna
from tuneboard.engine.conversion.to_configspace import to_configspace
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import SpaceVersion


def test_a_package_that_is_there_is_loaded() -> None:
    import json

    assert load("json", "json") is json


@pytest.mark.parametrize(
    ("convert", "package", "extra"),
    [
        (lambda: to_optuna(SpaceVersion(1)), "optuna", "optuna"),
        (lambda: from_optuna({"x": None}), "optuna", "optuna"),
        (lambda: to_configspace(SpaceVersion(1)), "ConfigSpace", "configspace"),
        (lambda: from_configspace(None), "ConfigSpace", "configspace"),
    ],
)
def test_a_package_that_is_not_there_is_answered_with_the_line_that_installs_it(
    convert: Callable[[], Any], package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None is how Python itself marks what must not be imported.
    monkeypatch.setitem(sys.modules, package, None)

    message = rf"{package} must be installed .* pip install 'tuneboard\[{extra}\]'"
    with pytest.raises(SpaceError, match=message) as caught:
        convert()
    assert caught.value.name == package


def test_an_object_is_of_the_package_that_its_class_is_made_from() -> None:
    class Own(OrderedDict[str, int]):
        pass

    assert is_of(Own(), "collections")
    assert not is_of(Own(), "collection")
