"""What of a space goes out to another tool, and what that tool has no room for."""

from __future__ import annotations

from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..space import SearchSpace


def as_version(space: SearchSpace | SpaceVersion) -> SpaceVersion:
    """Return a space as it stands now."""
    version = space.version if isinstance(space, SearchSpace) else space
    if not isinstance(version, SpaceVersion):
        advice = "Make one by as_space(...)."
        raise SpaceError.must("space", "be a SearchSpace or a SpaceVersion", space, advice)
    return version


def unconditional(
    space: SearchSpace | SpaceVersion, tool: str, with_held: bool
) -> list[HyperParameter]:
    """List what goes out to a tool that knows neither conditions nor constraints.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        The space.
    tool : str
        Its name, for messages.
    with_held : bool
        Whether the held ones go out too; those unset, which have no value, never do.

    Raises
    ------
    SpaceError
        The space has a constraint, or one of what goes out a condition.
    """
    version = as_version(space)
    if version.constraints:
        rule = f"be empty for {tool}, which cannot say them"
        advice = "Drop them by space.constrain(), and check each configuration yourself."
        raise SpaceError.must("SearchSpace.constraints", rule, version.constraints[0], advice)
    records = [one for one in version.hyper_parameters if goes_out(one, with_held)]
    for one in records:
        if one.active_when:
            rule = f"be empty for {tool}, which cannot say it"
            advice = "Drop the condition, or convert one space for each case."
            raise SpaceError.must(f"{one.owner}.active_when", rule, one.active_when, advice)
    return records


def goes_out(one: HyperParameter, with_held: bool) -> bool:
    """Whether a hyper-parameter goes out: searched, or held at a value where these are wanted."""
    return one.is_searched or (with_held and not one.is_unset)
