"""What a study records of its surroundings by itself: code, git, data, versions, machine."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_PACKAGES = ("tuneboard", "numpy", "scipy", "scikit-learn", "pandas")
_GIT_TIMEOUT_S = 2.0
MAX_CODE = 1_000_000
"""How many characters of code are kept."""


def surroundings(objective: Any, code: str = "", code_name: str = "") -> dict[str, Any]:
    """Return what a study was run in, as plain data.

    Parameters
    ----------
    objective : Objective
        Of cross-validation the data are described.
    code : str
        The text of the cell or file that the study was started from.
    code_name : str
        The name of that notebook or file.

    Returns
    -------
    dict
        `code`, `code_name`; `git` with `commit` and `is_dirty`, empty outside a repository;
        `data` with `shape`, `dtypes` and `hash`, empty for a function; `versions` of packages;
        `machine`.
    """
    return {
        "code": code[:MAX_CODE],
        "code_name": code_name,
        "git": git_state(),
        "data": data_fingerprint(getattr(objective, "X", None), getattr(objective, "y", None)),
        "versions": _versions(getattr(objective, "estimator", None)),
        "machine": _machine(),
    }


def git_state() -> dict[str, Any]:
    """Return the commit of the working directory, and whether files differ from it."""
    program = shutil.which("git")
    commit = _git(program, "rev-parse", "HEAD")
    if not commit:
        return {}
    return {"commit": commit, "is_dirty": bool(_git(program, "status", "--porcelain"))}


def _git(program: str | None, *arguments: str) -> str:
    """Return what git says; nothing where it has nothing to say, or takes too long."""
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 (fixed words, no shell)
            [program, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GIT_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def data_fingerprint(X: Any, y: Any) -> dict[str, Any]:
    """Describe data by shape, types and a hash of all values; empty without data.

    Parameters
    ----------
    X, y : table or array of any kind, shape (n, d) and (n,)
        Equal values in equal types give equal hashes, in whatever process.

    Examples
    --------
    >>> import numpy as np
    >>> data_fingerprint(np.zeros((4, 2)), np.arange(4))["shape"]
    [4, 2]
    """
    if X is None:
        return {}
    shape = getattr(X, "shape", None) or (len(X),)
    found = {"shape": [int(one) for one in shape], "dtypes": _dtypes(X)}
    digest = hashlib.sha256()
    try:
        for part in (X, y):
            _feed(digest, part)
    except (TypeError, ValueError, AttributeError) as error:
        # A container of an unknown kind is no reason not to run: it has no hash then.
        return {**found, "hash": None, "no hash because": str(error)}
    return {**found, "hash": digest.hexdigest()[:32]}


def _feed(digest: Any, part: Any) -> None:
    """Hash one table or array."""
    import numpy as np

    digest.update(repr((type(part).__name__, getattr(part, "shape", None))).encode())
    if hasattr(part, "columns") or (hasattr(part, "index") and hasattr(part, "dtype")):
        import pandas as pd

        names = list(part.columns) if hasattr(part, "columns") else [part.name]
        digest.update(repr(names).encode())
        digest.update(repr(_dtypes(part)).encode())
        digest.update(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())
        return
    if hasattr(part, "tocsr"):
        csr = part.tocsr()
        for piece in (csr.data, csr.indices, csr.indptr):
            digest.update(np.ascontiguousarray(piece).tobytes())
        return
    array = np.asarray(part)
    digest.update(str(array.dtype).encode())
    is_object = array.dtype == object
    digest.update(repr(array.tolist()).encode() if is_object else np.ascontiguousarray(array))


def _dtypes(part: Any) -> dict[str, int] | str:
    """Return how many columns of each type a table has, or an array's type."""
    if hasattr(part, "dtypes") and hasattr(part, "columns"):
        kinds = [str(one) for one in part.dtypes]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    return str(getattr(part, "dtype", type(part).__name__))


def _versions(estimator: Any) -> dict[str, str]:
    own = type(estimator).__module__.partition(".")[0]
    found = {"python": platform.python_version()}
    for name in dict.fromkeys((*_PACKAGES, own)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            # The user's own module, or the name of a package that is installed under another.
            continue
    return found


def _machine() -> dict[str, Any]:
    import psutil

    return {
        "host": platform.node(),
        "system": platform.platform(),
        "n_cores": os.cpu_count() or 0,
        "memory_mb": psutil.virtual_memory().total // 2**20,
    }
