"""Hyper-parameters of estimators that the code makes, named as scikit-learn would name them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from ..discovery import Preset, offer, preset_table
from ..expression import parse
from ..metric import METRICS
from .parsed_code import Found, Group, NotLiteralError, ParsedCode, Skipped, last_name

if TYPE_CHECKING:
    import libcst as cst

FACTORIES = frozenset(["make_pipeline", "make_union", "make_column_transformer"])
_LISTS = frozenset(["steps", "transformers", "transformer_list", "estimators"])
_ENDINGS = ("Classifier", "Regressor", "Transformer")
_RETURNING_SELF = frozenset(["set_params", "fit", "set_output"])


@dataclass(frozen=True)
class Site:
    """Where an estimator is made: its class, the call, and the steps that lead to it."""

    kind: str
    call: cst.Call
    steps: str


@dataclass
class Model:
    """An outermost estimator: its variable, what is made in it, and what is set on it later.

    Parameters
    ----------
    variable : str
        Empty where it has none.
    sites : list of Site
        It and the estimators inside it.
    settings : list of (str, libcst node)
        The full names and values of ``set_params``, in the order of the text; those that a
        splatted variable hands over have the name ``""``.
    """

    variable: str
    sites: list[Site] = field(default_factory=list)
    settings: list[tuple[str, cst.BaseExpression]] = field(default_factory=list)


class EstimatorCalls:
    """The estimators that a source text makes.

    One that is made inside another, or is handed to another by its variable, is read there:
    ``Pipeline([("clf", SVC(C=3))])`` has ``clf__C``.

    Parameters
    ----------
    code : ParsedCode
        The text.

    Examples
    --------
    >>> calls = EstimatorCalls(ParsedCode("make_pipeline(StandardScaler(), SVC(C=3.0))"))
    >>> [found.name for group in calls.groups for found in group.found]
    ['svc__C']
    """

    def __init__(self, code: ParsedCode) -> None:
        self.code = code
        self.skipped: list[Skipped] = []
        self._aliases = _aliases(code)
        self._variables = self._variable_calls()
        self._setters = self._set_params()
        self.models: list[Model] = []
        self._inside: set[cst.CSTNode] = set()
        self._open: list[cst.CSTNode] = []
        self.groups = self._groups()
        self._skip_unknown()

    def _groups(self) -> list[Group]:
        import libcst as cst

        calls = [one for one in self.code.of(cst.Call) if self._class(one)]
        for call in calls:  # to learn which stand inside others, also further down
            self.models = [Model("")]
            list(self._read(call, ""))
        outer = [call for call in calls if call not in self._inside]
        self._inside.clear()
        self.skipped.clear()
        self.models.clear()
        return [self._group(call) for call in outer]

    def _group(self, call: cst.Call) -> Group:
        variable = next((name for name, one in self._variables.items() if one is call), "")
        self.models.append(Model(variable))
        return Group(variable or self._class(call).lower(), list(self._read(call, "")))

    def _variable_calls(self) -> dict[str, cst.Call]:
        """Return the estimators that a name stands for, where it is assigned only once."""
        import libcst as cst

        calls: dict[str, cst.Call] = {}
        counts: Counter[str] = Counter()
        for node in self.code.of(cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For):
            counts[last_name(node.target)] += 1
        for node in self.code.of(cst.Assign):
            if len(node.targets) != 1:
                continue
            target = node.targets[0].target
            if isinstance(target, cst.Name) and isinstance(node.value, cst.Call):
                calls[target.value] = _made_by(node.value)
        return {name: call for name, call in calls.items() if counts[name] == 1}

    def _set_params(self) -> dict[cst.CSTNode, list[cst.Call]]:
        """Return the calls of ``set_params``, by the call that makes what they are called on."""
        import libcst as cst

        setters: dict[cst.CSTNode, list[cst.Call]] = {}
        for node in self.code.of(cst.Call):
            if isinstance(node.func, cst.Attribute) and node.func.attr.value == "set_params":
                owner: Any = node.func.value
                made = self._variables.get(owner.value) if isinstance(owner, cst.Name) else owner
                if isinstance(made, cst.Call):
                    setters.setdefault(_made_by(made), []).append(node)
        return setters

    def _class(self, node: cst.CSTNode) -> str:
        """Return the known class, or the factory, that a call calls; empty for others."""
        name = self._called(node)
        return name if name in FACTORIES or is_known(name) else ""

    def _called(self, node: cst.CSTNode) -> str:
        import libcst as cst

        if not isinstance(node, cst.Call):
            return ""
        name = unicodedata.normalize("NFKC", last_name(node.func))
        return self._aliases.get(name, name) if isinstance(node.func, cst.Name) else name

    def _call_of(self, node: cst.CSTNode) -> cst.Call | None:
        """Return what makes an estimator: the argument, or what its variable stands for."""
        import libcst as cst

        call = self._variables.get(node.value) if isinstance(node, cst.Name) else node
        name = "" if call is None else self._called(call)
        is_maker = name in FACTORIES or name[:1].isupper()
        return call if isinstance(call, cst.Call) and is_maker else None

    def _read(self, call: cst.Call, steps: str) -> Iterator[Found]:
        """Yield what a call and those inside it set."""
        if call in self._open:  # a variable that stands inside itself
            return
        self._open.append(call)
        if self._class(call) in FACTORIES:
            yield from self._read_factory(call, steps)
        else:
            self.models[-1].sites.append(Site(self._class(call), call, steps))
            yield from self._read_constructor(call, steps)
        for setter in self._setters.get(call, ()):
            yield from self._read_setter(setter, steps)
        self._open.pop()

    def _read_setter(self, setter: cst.Call, steps: str) -> Iterator[Found]:
        """Yield what ``set_params`` sets; what stands further down counts."""
        model = self.models[-1]
        kinds = {site.steps: site.kind for site in model.sites}
        for name, node in self._set_values(setter):
            full = f"{steps}{name}" if name else ""
            model.settings.append((full, node))
            owner, _, own = full.rpartition("__")
            owner = f"{owner}__" if owner else ""
            if own and owner in kinds:
                yield from self._read_value(kinds[owner], own, node, owner)

    def _set_values(self, setter: cst.Call) -> Iterator[tuple[str, cst.BaseExpression]]:
        import libcst as cst

        for one in setter.args:
            if one.keyword is not None:
                yield one.keyword.value, one.value
            elif one.star == "**" and isinstance(one.value, cst.Dict):
                for entry in one.value.elements:
                    key = entry.key if isinstance(entry, cst.DictElement) else entry.value
                    is_key = key is not entry.value and self.code.is_literal(key)
                    yield (str(self.code.literal(key)) if is_key else ""), entry.value
            else:
                yield "", one.value

    def _read_inside(self, call: cst.Call, steps: str) -> Iterator[Found]:
        if not self._class(call):
            self._skip_class(call)
        elif call not in self._inside:  # one place in the code is one hyper-parameter
            self._inside.add(call)
            yield from self._read(call, steps)

    def _skip_class(self, call: cst.Call) -> None:
        name = self._called(call)
        reason = f"{name} is no estimator of scikit-learn's. Add tune comments to constants."
        self.skipped.append(self.code.skipped(call, f"{name}(...)", reason))

    def _skip_unknown(self) -> None:
        """List the calls that look like estimators, with values, which nobody here knows."""
        import libcst as cst

        for node in self.code.of(cst.Call):
            if not self._called(node).endswith(_ENDINGS):
                continue
            has_values = any(one.keyword and self.code.is_literal(one.value) for one in node.args)
            if has_values and not self._class(node):
                self._skip_class(node)

    def _read_factory(self, call: cst.Call, steps: str) -> Iterator[Found]:
        """Name the steps as scikit-learn does: by class, numbered where one comes twice."""
        arguments = [one.value for one in call.args if one.keyword is None and not one.star]
        made = list(map(_first, arguments))
        classes = [self._step_name(one) for one in made]
        counts, seen = Counter(classes), Counter[str]()
        for node, name in zip(made, classes, strict=True):
            seen[name] += 1
            step = f"{name}-{seen[name]}" if counts[name] > 1 else name
            if (inner := self._call_of(node)) is not None:
                yield from self._read_inside(inner, f"{steps}{step}__")

    def _step_name(self, node: cst.CSTNode) -> str:
        call = self._call_of(node)
        return "" if call is None else self._called(call).lower()

    def _read_constructor(self, call: cst.Call, steps: str) -> Iterator[Found]:
        kind = self._class(call)
        yield from self._read_values(kind, call, steps)
        for place, one in enumerate(call.args):
            if one.star:
                continue
            name = one.keyword.value if one.keyword is not None else positional(kind, place)
            if (inner := self._call_of(one.value)) is not None:
                yield from self._read_inside(inner, f"{steps}{name}__" if name else steps)
            elif name in _LISTS:
                yield from self._read_steps(one.value, steps)

    def _read_steps(self, node: cst.CSTNode, steps: str) -> Iterator[Found]:
        """Read the pairs of a name and an estimator."""
        import libcst as cst

        if not isinstance(node, cst.List | cst.Tuple):
            return
        for element in node.elements:
            pair = element.value
            if not isinstance(pair, cst.Tuple | cst.List) or len(pair.elements) < 2:
                continue
            try:
                step = self.code.literal(pair.elements[0].value)
            except NotLiteralError:
                continue
            if (inner := self._call_of(pair.elements[1].value)) is not None:
                yield from self._read_inside(inner, f"{steps}{step}__")

    def _read_values(self, kind: str, call: cst.Call, steps: str) -> list[Found]:
        """Read the values written in a call, with the conditions of their presets."""
        named = dict(self._arguments(kind, call))
        found: dict[str, Found] = {}
        for name, node in named.items():
            if self._call_of(node) is None and name not in _LISTS:
                for one in self._read_value(kind, name, node, steps):
                    found[name] = one
        values = {name: one for name, one in defaults_of(kind).items() if name not in named}
        values |= {name: one.value for name, one in found.items()}
        return [self._conditional(kind, name, found, values) for name in found]

    def _arguments(self, kind: str, call: cst.Call) -> Iterator[tuple[str, cst.BaseExpression]]:
        """Yield the arguments with their names, also of those that stand by their place."""
        for place, one in enumerate(call.args):
            name = one.keyword.value if one.keyword is not None else positional(kind, place)
            if name and not one.star and (one.keyword is not None or not _has_star(call, place)):
                yield name, one.value

    def _read_value(self, kind: str, name: str, node: cst.CSTNode, steps: str) -> Iterator[Found]:
        context = f"{kind}({name}=...)"
        is_tunable = preset_table().is_tunable(name)
        try:
            value = self.code.literal(node)
        except NotLiteralError:
            if is_tunable and not last_name(node):  # a name is read where it is assigned
                reason = "Its value is computed, or of a kind that cannot be searched."
                self.skipped.append(self.code.skipped(node, context, reason))
            return
        preset = preset_of(kind, name)
        rules = () if preset is not None else rules_of(kind, name)
        offered = offer(steps + name, value, preset, rules) if is_tunable else None
        yield Found(steps + name, value, node, context, offered, steps, is_tunable)

    def _conditional(
        self, kind: str, name: str, found: dict[str, Found], values: dict[str, Any]
    ) -> Found:
        """Add the condition of the preset; one about what is not offered is settled by values."""
        one, when = found[name], (preset_of(kind, name) or {}).get("when", "")
        if not when or one.offered is None:
            return one
        condition = parse(when, f"presets.toml.{name}")
        if all(parent in found and found[parent].offered for parent in condition.names):
            full = condition.renamed({parent: one.steps + parent for parent in condition.names})
            return replace(one, offered=replace(one.offered, active_when=full))
        # Without any effect where it fails for good.
        return replace(one, is_tunable=condition.holds(values) is not False)


def _made_by(call: cst.Call) -> cst.Call:
    """Return the call that makes what a chain such as ``SVC().fit(X, y)`` gives back."""
    import libcst as cst

    while isinstance(call.func, cst.Attribute) and call.func.attr.value in _RETURNING_SELF:
        if not isinstance(call.func.value, cst.Call):
            break
        call = call.func.value
    return call


def _has_star(call: cst.Call, place: int) -> bool:
    """Whether an argument stands behind a ``*``, which leaves open which one it is."""
    return any(one.star for one in call.args[:place])


def _first(node: cst.CSTNode) -> cst.CSTNode:
    """Return the estimator of a pair (estimator, columns), or the node itself."""
    import libcst as cst

    if isinstance(node, cst.Tuple) and node.elements:
        return node.elements[0].value
    return node


def _aliases(code: ParsedCode) -> dict[str, str]:
    """Return what ``from sklearn.svm import SVC as Machine`` and ``M = SVC`` call differently."""
    import libcst as cst

    aliases: dict[str, str] = {}
    for node in code.of(cst.ImportAlias):
        if node.asname is not None:
            aliases[last_name(node.asname.name)] = last_name(node.name)
    return aliases


def is_known(name: str) -> bool:
    """Whether a class name is one of presets.toml or of scikit-learn."""
    if name in preset_table().by_estimator:
        return True
    # Only what looks like a class is worth the second that loading scikit-learn takes.
    looks_known = name[:1].isupper() and not name.isupper()
    return (looks_known or name in ("NMF", "PCA", "RFE", "RFECV", "OPTICS")) and name in _classes()


def preset_of(kind: str, name: str) -> Preset | None:
    """Return what presets.toml says of a value, by the class or the nearest parent it knows."""
    table = preset_table().by_estimator
    parents = [kind]
    if kind not in table and kind in _classes():
        parents = [parent.__name__ for parent in _classes()[kind].__mro__]
    lines = next((table[one] for one in parents if one in table), {})
    aliased = (line for line in lines.values() if name in line.get("aliases", ()))
    return lines.get(name) or next(aliased, None)


def defaults_of(kind: str) -> dict[str, Any]:
    """Return the values that a class of scikit-learn takes where none are written."""
    from inspect import signature

    if kind not in _classes():
        return {}
    parameters = signature(_classes()[kind]).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not one.empty}


def positional(kind: str, place: int) -> str:
    """Return the name of a positional argument; empty where it has none."""
    from inspect import signature

    if kind not in _classes():
        return ""
    parameters = signature(_classes()[kind]).parameters.values()
    names = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    return names[place] if place < len(names) else ""


def rules_of(kind: str, name: str) -> Any:
    """Return what scikit-learn's own validation says of a value."""
    # Private, so it may be absent, or look different one day; `offer` bears any content.
    rules = getattr(_classes().get(kind), "_parameter_constraints", {})
    one = rules.get(name, ()) if isinstance(rules, dict) else ()
    return list(one) if isinstance(one, list | tuple) else []


def classes_named(python: str) -> list[str]:
    """Return the estimators of scikit-learn whose names a text has, in their order.

    Examples
    --------
    >>> classes_named("from sklearn.svm import SVC, SVR; SVC()")
    ['SVC', 'SVR']
    """
    words = dict.fromkeys(re.findall(r"[A-Za-z_]\w*", python))
    return [one for one in words if one in _classes()]


def makeable(kind: str, metric: str) -> Any:
    """Return a new classifier or regressor of that class; None where it suits no such metric.

    Parameters
    ----------
    kind : str
        The name of the class.
    metric : str
        The name of one of `metric.METRICS`.
    """
    from sklearn.base import is_classifier, is_regressor

    if kind not in _classes() or kind.startswith("Dummy"):
        return None
    try:
        made = _classes()[kind]()
    except TypeError:  # it wants another estimator to be made of
        return None
    tests = {"classification": is_classifier, "regression": is_regressor}
    tasks = [task for task, several in METRICS.items() if metric in [one.name for one in several]]
    return made if any(tests[task](made) for task in tasks) else None


@cache
def _classes() -> dict[str, Any]:
    """Return scikit-learn's estimators and searches by name."""
    from sklearn.utils.discovery import all_estimators

    return dict(all_estimators())
