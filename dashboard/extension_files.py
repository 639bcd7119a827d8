"""The built JupyterLab extension, copied to where JupyterLab looks for extensions."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

_BUILT = Path(__file__).parent / "labextension"


def install(prefix: Path | None = None) -> Path:
    """Copy the extension; return its folder.

    A wheel brings it along; an editable install does not.

    Parameters
    ----------
    prefix : Path, optional
        The environment that JupyterLab is installed in; this one without it.
    """
    root = Path(sys.prefix) if prefix is None else prefix
    place = root / "share" / "jupyter" / "labextensions" / "tuneboard"
    if place.is_dir():
        shutil.rmtree(place)
    shutil.copytree(_BUILT, place)
    return place
