"""A whole study as one JSON file, and back: nothing is lost."""

from __future__ import annotations

from pathlib import Path

from .. import plain
from ..errors import DataError
from ..study_data import StudyData

FORMAT = 1


def export_json(data: StudyData, path: str | Path) -> Path:
    """Write all that is known of a study; `import_json` is the way back."""
    path = Path(path)
    path.write_text(plain.dumps({"tuneboard": FORMAT, **data.to_dict()}), encoding="utf-8")
    return path


def import_json(path: str | Path) -> StudyData:
    """Read what `export_json` has written.

    Raises
    ------
    DataError, SpaceError
        The file cannot be read, is none of ours or of a newer version, or an entry does not
        fit; the message names it.
    """
    name = Path(path).name
    try:
        data = plain.loads(Path(path).read_bytes())
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}. Check its name."
        raise DataError(message, name=name) from error
    except ValueError as error:
        message = f"{name!r} must be whole JSON ({error}). Export the study again."
        raise DataError(message, name=name) from error
    if not isinstance(data, dict) or "tuneboard" not in data:
        message = f"{name!r} must be a study that tuneboard has exported. Choose another file."
        raise DataError(message, name=name)
    if data["tuneboard"] != FORMAT:
        rule = f"be of version {FORMAT}"
        raise DataError.must(f"{name!r}", rule, data["tuneboard"], "Update tuneboard.")
    return StudyData.from_dict(data)
