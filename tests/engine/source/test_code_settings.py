"""Constants, config dicts, dataclasses and argparse in source code."""

from __future__ import annotations

from typing import Any

import pytest
from tuneboard.engine.discovery import FROM_CODE
from tuneboard.engine.source.code_settings import CodeSettings, is_tunable
from tuneboard.engine.source.parsed_code import Found, ParsedCode
from tuneboard.engine.source.reading import read_source


def found(text: str) -> list[Found]:
    return [one for group in CodeSettings(ParsedCode(text)).groups for one in group.found]


def values(text: str) -> dict[str, Any]:
    return {one.name: one.value for one in found(text) if one.is_tunable}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LEARNING_RATE = 1e-3", {"LEARNING_RATE": 1e-3}),
        ("lr: float = -0.5; n = 3", {"lr": -0.5, "n": 3}),
        ("a, b = 1, 'x'", {"a": 1, "b": "x"}),
        ("layers = 50, 50", {"layers": (50, 50)}),
        ("größe = 3", {"größe": 3}),
        ("ﬁt = 3", {"fit": 3}),
        ("flag = True\nnone = None", {"flag": True, "none": None}),
        ("__version__ = 3\nSEED = 1\nn_jobs = 2", {}),
        ("x = f(1)\ny = [1, 2]\nlr: float", {}),
        ("def f():\n    lr = 1e-3", {}),
        ("class A:\n    lr = 1e-3\n    def f(self): pass", {}),
        ("class A(Enum):\n    lr = 1", {}),
        (
            "class A:\n    'Settings.'\n    LR = 1e-3\n    n: int = 3\n    pass",
            {"LR": 1e-3, "n": 3},
        ),
        ("class A(NamedTuple):\n    lr: float = 1e-3\n    n: int", {"lr": 1e-3}),
        (
            "class A(BaseModel):\n    lr: float = Field(1e-3, gt=0)\n"
            "    n: int = Field(default=3)\n    z: int = Field(...)\n    def f(self): pass",
            {"lr": 1e-3, "n": 3},
        ),
        ("@attrs.define\nclass A:\n    lr: float = 1e-3", {"lr": 1e-3}),
        ("if __name__ == '__main__':\n    lr = 1e-3", {"lr": 1e-3}),
        ("try:\n    lr = 1e-3\nexcept E:\n    pass", {"lr": 1e-3}),
        ("with f():\n    for x in y:\n        lr = 1e-3", {"lr": 1e-3}),
        ("if (n := 10) > 5: pass", {"n": 10}),
        ("config = {'lr': 1e-3, 'opt': {'momentum': 0.9}}", {"lr": 1e-3, "opt__momentum": 0.9}),
        ("config = dict(lr=1e-3, opt=dict(momentum=0.9), **b)", {"lr": 1e-3, "opt__momentum": 0.9}),
        ("config = {1: 2, **b, key: 3, 'max depth': 4, 'seed': 3}", {"max depth": 4}),
        ("@dataclass\nclass C:\n    lr: float = 1e-3\n    n: int", {"lr": 1e-3}),
        ("@dataclasses.dataclass(frozen=True)\nclass C:\n    lr: float = 1e-3", {"lr": 1e-3}),
        ("@dataclass\nclass C:\n    lr: float = field(default=1e-3)", {"lr": 1e-3}),
        ("@dataclass\nclass C:\n    lr: list = field(default_factory=list)", {}),
        ("@dataclass\nclass C:\n    lr: ClassVar[float] = 1e-3", {}),
        ("p.add_argument('--lr', type=float, default=1e-3)", {"lr": 1e-3}),
        ("p.add_argument('--lr', type=float, default=1)", {"lr": 1.0}),
        ("p.add_argument('--lr', type=float, default='1e-3')", {"lr": 1e-3}),
        ("p.add_argument('--n', type=int, default='3')", {"n": 3}),
        ("p.add_argument('--n', type=int, default='three')", {"n": "three"}),
        (f"p.add_argument('--lr', type=float, default={'9' * 400})", {"lr": float("inf")}),
        ("p.add_argument('-l', '--learning-rate', default=1)", {"learning_rate": 1}),
        ("p.add_argument('-l', default=1)", {"l": 1}),
        ("p.add_argument('--lr', dest='rate', default=1)", {"rate": 1}),
        ("p.add_argument('--lr')\np.add_argument('--n', default=f())", {}),
    ],
)
def test_values_are_found_by_name(text: str, expected: dict[str, Any]) -> None:
    assert repr(values(text)) == repr(expected)


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("lr = 1", "constant"),
        ("CONFIG = {'lr': 1}", "CONFIG['lr']"),
        ("c = {'opt': {'lr': 1}}", "c['opt']['lr']"),
        ("@dataclass\nclass C:\n    lr: int = 1", "dataclass C.lr"),
        ("p.add_argument('-l', '--lr', default=1)", "argparse --lr"),
    ],
)
def test_the_context_says_what_a_value_belongs_to(text: str, context: str) -> None:
    assert [one.context for one in found(text)] == [context]


def test_a_value_is_offered_around_itself_and_not_searched() -> None:
    (one,) = found("lr = 1e-3")
    assert one.offered is not None
    assert (one.offered.low, one.offered.high, one.offered.log) == (1e-5, 0.1, True)
    assert (one.offered.is_searched, one.offered.source) == (False, FROM_CODE)


def test_choices_of_an_argument_are_its_choices() -> None:
    (one,) = found("p.add_argument('--act', choices=['relu', 'tanh'], default='relu')")
    assert one.offered is not None
    assert one.offered.choices == ("relu", "tanh")
    assert not one.offered.is_searched


@pytest.mark.parametrize("choices", ["['a']", "ACTIVATIONS", "[f()]"])
def test_choices_that_do_not_have_the_default_or_are_computed_offer_nothing(choices: str) -> None:
    (one,) = found(f"p.add_argument('--act', choices={choices}, default='b')")
    assert one.offered is None


@pytest.mark.parametrize(
    "again",
    [
        "lr = 2",
        "lr += 1",
        "for lr in x: pass",
        "if x:\n    lr = 2",
        "with f() as lr: pass",
        "import x as lr",
        "(a, [lr, b]) = x",
        "print(lr := 2)",
        "def f():\n    global lr\n    lr = 2",
    ],
)
def test_a_name_assigned_again_is_left_alone_and_listed(again: str) -> None:
    settings = CodeSettings(ParsedCode(f"lr = 1\n{again}\n"))
    assert not settings.groups[0].found
    assert {one.what for one in settings.skipped} == {"lr"}
    assert all("more than once" in one.reason for one in settings.skipped)


@pytest.mark.parametrize("other", ["def f():\n    lr = 2", "class A(B):\n    lr = 2", "lr: int"])
def test_the_same_name_elsewhere_is_another(other: str) -> None:
    assert values(f"lr = 1\n{other}\n") == {"lr": 1}


def test_a_dict_whose_key_is_set_again_keeps_the_others() -> None:
    settings = CodeSettings(ParsedCode("c = {'a': 1, 'b': 2}\ndef f():\n    c['a'] = 3"))
    assert [one.name for group in settings.groups for one in group.found] == ["b"]
    assert [one.what for one in settings.skipped] == ["c['a']"]


def test_a_dict_assigned_again_is_left_alone_and_listed() -> None:
    settings = CodeSettings(ParsedCode("c = {'a': 1}\nc = {'a': 2}"))
    assert [one.what for one in settings.skipped] == ["c", "c"]
    assert not any(group.found for group in settings.groups)


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("def f():\n    lr = 1e-3  # tune: 0..1", "lr in f()"),
        ("def f(\n    x,\n    lr=1e-3,  # tune: 0..1\n): pass", "lr in f()"),
        ("async def f():\n    if x:\n        lr: float = 1e-3  # tune: 0..1", "lr in f()"),
        ("class A(Module):\n    lr = 1e-3  # tune: 0..1", "lr in A"),
        ("class A(B):\n    def f(self, lr=1e-3): pass  # tune: 0..1", "lr in f()"),
        ("def f():\n    def g():\n        lr = 1e-3  # tune: 0..1", "lr in g()"),
    ],
)
def test_a_tune_comment_is_heard_within_functions_and_classes(text: str, context: str) -> None:
    assert [(one.value, one.context) for one in found(text)] == [(1e-3, context)]


def test_functions_that_have_the_same_name_in_them_are_told_apart() -> None:
    code = "def f():\n    k = 'x'  # tune: {x, y}\n    lr = 1.0  # tune: 0..1 when k == 'x'\n"
    reading = read_source(f"{code}def g():\n    lr = 0.5  # tune: 0..1\n")
    named = {one.name: one.active_when for one in reading.hyper_parameters}
    assert named == {"f__k": "", "f__lr": "f__k == 'x'", "g__lr": ""}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("p.add_argument('--sizes', nargs='+', default=[64, 64])", "argparse default"),
        ("class A:\n    sizes = [64, 64]", "class A.sizes"),
    ],
)
def test_a_list_for_a_default_is_listed(text: str, what: str) -> None:
    (one,) = CodeSettings(ParsedCode(text)).skipped
    assert (one.what, one.reason.split(".")[0]) == (what, "A list cannot be searched")


def test_a_computed_number_and_a_shared_value_are_listed() -> None:
    settings = CodeSettings(ParsedCode("B = 2 ** 5\nx = y = 3\nz = f() + 1"))
    assert {one.what: one.reason.split(".")[0] for one in settings.skipped} == {
        "B": "It is computed",
        "x and y": "One value is given to several names",
    }


@pytest.mark.parametrize(
    ("name", "expected"), [("LR", True), ("N_JOBS", False), ("_verbose", False), ("SEED", False)]
)
def test_names_that_cannot_be_tuned_are_known(name: str, expected: bool) -> None:
    assert is_tunable(name) == expected
