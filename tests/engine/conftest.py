"""What the engine's tests share: any hyper-parameter, space and trial, and how to wait."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st
from tuneboard.engine.expression import quoted
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.trial import Provenance, Trial, TrialState

# Names that users have, and those that the space's own attributes have.
_NAMES = st.sampled_from(
    ["lr", "svc__C", "max depth", "größe", "name", "name_", "param", "config", "edit", "_version"]
)
_WORDS = st.sampled_from(["", "Learning rate", "ms", 'größe "x" \\ \''])
_NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)
_ATOMS = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
)
_PLAIN = st.one_of(_ATOMS, st.tuples(_ATOMS, _ATOMS))


@st.composite
def _reals(draw: st.DrawFn, name: str) -> HyperParameter:
    log = draw(st.booleans())
    least = 1e-9 if log else -1e9
    low, high = sorted(
        draw(st.tuples(*2 * [st.floats(least, 1e9)]).filter(lambda two: len({*two}) > 1))
    )
    step = draw(st.none() | st.floats((high - low) / 1e6, high - low, exclude_min=True))
    value, is_searched = draw(st.floats(low, high)), draw(st.booleans())
    return HyperParameter(name, "real", value, low, high, log, step, is_searched=is_searched)


@st.composite
def _ints(draw: st.DrawFn, name: str) -> HyperParameter:
    log = draw(st.booleans())
    low = draw(st.integers(1 if log else -(2**40), 2**40))
    high = low + draw(st.integers(1, 2**40))
    step = draw(st.none() | st.integers(1, high - low))
    value, is_searched = draw(st.integers(low, high)), draw(st.booleans())
    return HyperParameter(name, "int", value, low, high, log, step, is_searched=is_searched)


@st.composite
def _choices(draw: st.DrawFn, name: str) -> HyperParameter:
    several = st.lists(_PLAIN, min_size=1, max_size=5, unique_by=lambda one: (type(one), one))
    choices = tuple(draw(several))
    value, is_searched = draw(st.sampled_from(choices)), draw(st.booleans())
    ordered = draw(st.booleans())
    return HyperParameter(
        name, "choice", value, choices=choices, is_searched=is_searched, ordered=ordered
    )


@st.composite
def _hyper_parameters(draw: st.DrawFn) -> HyperParameter:
    name = draw(_NAMES)
    one = draw(st.one_of(_reals(name), _ints(name), _choices(name)))
    words = {slot: draw(_WORDS) for slot in ("label", "unit", "source")}
    return replace(one, **words)


@st.composite
def _versions(draw: st.DrawFn) -> SpaceVersion:
    """Draw a space, at times with conditions, each on hyper-parameters beside it."""
    several = st.lists(_hyper_parameters(), min_size=1, max_size=4, unique_by=lambda one: one.name)
    free = draw(several)
    order = draw(st.permutations(range(len(free))))
    records = list(free)
    for before, after in pairwise(order):
        if draw(st.booleans()):
            condition = draw(_truths(free[before]))
            records[after] = replace(records[after], active_when=condition)
    constraints = tuple(draw(st.lists(st.sampled_from(free).flatmap(_truths), max_size=2)))
    return SpaceVersion(draw(st.integers(1, 9)), tuple(records), constraints)


def _truths(one: HyperParameter) -> st.SearchStrategy[str]:
    """Write something that is true of some values of a hyper-parameter."""
    name = quoted(one.name)
    if one.kind == "choice":
        easy = [
            each for each in one.choices if repr(each)[:1] not in "(-" and "`" not in repr(each)
        ]
        known = [each for each in easy if not isinstance(each, float) or math.isfinite(each)]
        texts = [f"{name} == {each!r}" for each in known] or [f"{name} != None"]
        return st.sampled_from([*texts, f"not {texts[0]}", f"{name} not in {{nothing, 'like it'}}"])
    middle = (one.low + one.high) / 2
    sides = [f"{name} {sign} {middle!r}" for sign in ("<", ">=", "!=")]
    return st.sampled_from([*sides, f"{name} + 1 > {name}", f"{sides[0]} or {sides[1]}"])


@st.composite
def _trials(draw: st.DrawFn) -> Trial:
    state = draw(st.sampled_from(TrialState))
    is_completed = state is TrialState.COMPLETED
    return Trial(
        number=draw(st.integers(1, 10**6)),
        config=draw(st.dictionaries(_NAMES, _PLAIN, max_size=4)),
        state=state,
        provenance=Provenance(
            draw(st.text(max_size=8)),
            draw(st.text(max_size=8)),
            tuple(draw(st.lists(st.integers(1, 99), max_size=2))),
            draw(st.sampled_from(["", "crossover", "mutation"])),
        ),
        space_version=draw(st.integers(1, 9)),
        score=draw(_NUMBERS) if is_completed else None,
        fold_scores=tuple(draw(st.lists(_NUMBERS, max_size=3))),
        error=draw(st.text(max_size=20)),
        started_at=draw(st.floats(0, 4e9)),
        duration_s=draw(st.floats(0, 1e6)),
        worker=draw(st.text(max_size=8)),
        attempt=draw(st.integers(1, 9)),
    )


st.register_type_strategy(HyperParameter, _hyper_parameters())
st.register_type_strategy(SpaceVersion, _versions())
st.register_type_strategy(Trial, _trials())
