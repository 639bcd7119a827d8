"""Where in the code the value of a hyper-parameter is to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..hyper_parameter import HyperParameter
from .bindings import Bindings, Written
from .estimator_calls import Model, Site, defaults_of, positional, preset_of
from .parsed_code import ParsedCode
from .reading import Reader

if TYPE_CHECKING:
    import libcst as cst

_UNREAD = "It may be set by what is handed over with a star, which cannot be read."


@dataclass(frozen=True)
class Target:
    """Where a value is written, where it is to be added, or why neither can be said.

    Parameters
    ----------
    node : libcst node or None
        The literal to replace.
    parent : libcst Call or Dict or None
        What gets one more item, where the code does not have the value.
    key : str
        The name of that item.
    default : object
        What holds where the code does not have the value; `NotImplemented` where unknown.
    through : str
        The variable that hands the value on, or empty.
    n_readers : int
        How often that variable is read.
    reason : str
        Why the code cannot be edited, in words.
    """

    node: cst.CSTNode | None = None
    parent: cst.Call | cst.Dict | None = None
    key: str = ""
    default: Any = NotImplemented
    through: str = ""
    n_readers: int = 1
    reason: str = ""


class Targets:
    """The places of a source text in which hyper-parameters are set.

    Parameters
    ----------
    code : ParsedCode
        The text.
    model : str
        The variable of the estimator that the names are of, as scikit-learn has them; empty
        for the names that `read_source` gives, or where there is only one estimator.

    Raises
    ------
    SpaceError
        A tune comment or a declaration is not valid.

    Examples
    --------
    >>> targets = Targets(ParsedCode("c = 1.0; SVC(C=c)"))
    >>> targets.find("C").through
    'c'
    """

    def __init__(self, code: ParsedCode, model: str = "") -> None:
        self.code = code
        self._model = model
        self._reader = Reader(code)
        self._bindings = Bindings(code)

    @cached_property
    def model(self) -> Model | None:
        """The estimator that the names are of; None where none has that variable."""
        models = self._reader.calls.models
        return next((one for one in models if one.variable == self._model), None)

    def find(self, name: str) -> Target:
        """Return where the value of a hyper-parameter belongs."""
        if self._model:
            if self.model is None:
                return Target(reason=f"No estimator {self._model} is made in the code.")
            return self._in_model(self.model, name)
        node = self._nodes.get(name)
        if node is None:
            return self._in_only_model(name)
        model, own = self._owners.get(node, (None, name))
        return self._at(node) if model is None else self._in_model(model, own)

    def annotated(self, node: cst.CSTNode) -> HyperParameter | None:
        """Return what the tune comment beside a value says; None where it has none."""
        for _, several in self._reader.read:
            for one in several:
                if one.found.node is node and id(one.found) in self._reader.annotations:
                    return one.record
        return None

    @cached_property
    def _nodes(self) -> dict[str, Any]:
        return self._reader.nodes()

    @cached_property
    def _owners(self) -> dict[Any, tuple[Model, str]]:
        """The model and its own name for each argument of an estimator."""
        owners: dict[Any, tuple[Model, str]] = {}
        for model in self._reader.calls.models:
            for site in model.sites:
                for own, node in _arguments(site):
                    owners[node] = model, site.steps + own
            for full, node in model.settings:
                owners[node] = model, full
        return owners

    def _in_only_model(self, name: str) -> Target:
        models = [one for one in self._reader.calls.models if _site_of(one, name) is not None]
        if len(models) == 1:
            return self._in_model(models[0], name)
        if models:
            made = " and ".join(one.variable or one.sites[0].kind for one in models)
            return Target(reason=f"It may belong to {made}. Say which one is meant.")
        return Target(reason=self._skipped(name) or "No value of that name is in the code.")

    def _skipped(self, name: str) -> str:
        own = name.rpartition("__")[2]
        found = [one for one in self._reader.skipped if _is_about(one.what, name, own)]
        return found[0].reason if found else ""

    def _in_model(self, model: Model, name: str) -> Target:
        """Find the value of a model that counts: what is set last."""
        site = _site_of(model, name)
        settings, is_open = self._settings(model, name)
        if is_open and site is not None:
            return Target(reason=_UNREAD)
        if settings:
            return self._at(settings[-1])
        if site is None:
            return Target(reason=self._no_place(model, name))
        return self._in_call(site, name.removeprefix(site.steps))

    def _settings(self, model: Model, name: str) -> tuple[list[cst.CSTNode], bool]:
        """Return what ``set_params`` sets, and whether it may set more than can be read."""
        found: list[cst.CSTNode] = []
        is_open = False
        for full, node in model.settings:
            entries = None if full else self._bindings.entries(node)
            value = None if entries is None else self._bindings.entry(entries, name)
            is_open = not full and (entries is None or not self._bindings.is_whole(entries))
            if full == name or value is not None:
                found.append(node if full else value)  # type: ignore[arg-type]
        return found, is_open

    def _no_place(self, model: Model, name: str) -> str:
        steps, _, own = name.rpartition("__")
        site = next(
            (one for one in model.sites if one.steps == (f"{steps}__" if steps else "")), None
        )
        if site is not None:
            return f"{site.kind} has no hyper-parameter {own}."
        return self._skipped(name) or "No value of that name is in the code."

    def _in_call(self, site: Site, own: str) -> Target:
        is_open, splats = False, []
        for name, node in _arguments(site):
            if name == own:
                return self._at(node)
        for one in site.call.args:
            if not one.star:
                continue
            entries = self._bindings.entries(one.value) if one.star == "**" else None
            if entries is None or not self._bindings.is_whole(entries):
                is_open = True
            elif (value := self._bindings.entry(entries, own)) is not None:
                return self._at(value)
            else:
                splats.append((one.value, entries))
        if is_open:
            return Target(reason=_UNREAD)
        return self._absent(site, own, splats)

    def _absent(self, site: Site, own: str, splats: list[Any]) -> Target:
        """Say where to add a value: to the dict that only this estimator is made with, if any."""
        default = defaults_of(site.kind).get(own, NotImplemented)
        for node, entries in splats:
            if node is entries or self._bindings.n_readers(node) == 1:
                return Target(parent=entries, key=own, default=default)
        return Target(parent=site.call, key=own, default=default)

    def _at(self, node: cst.CSTNode) -> Target:
        found: Written = self._bindings.written(node)
        n_readers = self._bindings.n_readers(node) if found.through else 1
        return Target(found.node, through=found.through, n_readers=n_readers, reason=found.reason)


def _arguments(site: Site) -> Iterator[tuple[str, cst.BaseExpression]]:
    """Yield the arguments of a call that have a name, by keyword or by their place."""
    is_counted = True
    for place, one in enumerate(site.call.args):
        is_counted = is_counted and not one.star
        if one.keyword is not None:
            yield one.keyword.value, one.value
        elif is_counted and (name := positional(site.kind, place)):
            yield name, one.value


def _site_of(model: Model, name: str) -> Site | None:
    """Return the estimator inside a model that has a hyper-parameter of that full name."""
    for site in model.sites:
        own = name.removeprefix(site.steps)
        if name.startswith(site.steps) and "__" not in own and _has(site, own):
            return site
    return None


def _has(site: Site, own: str) -> bool:
    is_written = any(own == name for name, _ in _arguments(site))
    return is_written or own in defaults_of(site.kind) or preset_of(site.kind, own) is not None


def _is_about(what: str, name: str, own: str) -> bool:
    return what == name or f"({own}=" in what or what.endswith((f".{own}", f"[{own!r}]"))
