"""The JupyterLab extension: build it, or check that what is kept of it is up to date.

Needs Node.js 20 or newer and npm to build, nothing to check:

    python .ci/labextension.py build    writes dashboard/labextension, which is committed
    python .ci/labextension.py check    fails where the sources are other ones than were built
    python .ci/labextension.py rebuild  builds anew, and fails where that gives other files
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES, BUILT = ROOT / "labextension", ROOT / "dashboard" / "labextension"
DIGEST = BUILT / "sources.sha256"
_NO_SOURCES = {"node_modules", "lib"}


def sources() -> list[Path]:
    """Return the files that the built ones are made of."""
    files = (one for one in SOURCES.rglob("*") if one.is_file())
    own = [one for one in files if not _NO_SOURCES & set(one.relative_to(SOURCES).parts)]
    return sorted(own, key=lambda one: one.relative_to(SOURCES).as_posix())


def digest() -> str:
    """Return one hash of all sources and their names."""
    whole = hashlib.sha256()
    for one in sources():
        whole.update(one.relative_to(SOURCES).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(one.read_bytes()).digest())
    return whole.hexdigest()


def build() -> None:
    """Build the extension; what npm installs is exactly what package-lock.json says."""
    for command in (["npm", "ci"], ["npm", "run", "build"]):
        subprocess.run(command, cwd=SOURCES, check=True)  # noqa: S603
    # npm's own copy, which nothing reads.
    for one in BUILT.rglob("*.orig"):
        one.unlink()
    DIGEST.write_text(digest() + "\n", encoding="utf-8")


def built_files() -> dict[str, bytes]:
    """Return what is built, by name."""
    files = (one for one in BUILT.rglob("*") if one.is_file())
    return {one.relative_to(BUILT).as_posix(): one.read_bytes() for one in files}


def check() -> str:
    """Say what is wrong; empty where the built files are those of the sources."""
    kept = DIGEST.read_text(encoding="utf-8").strip() if DIGEST.is_file() else ""
    if kept == digest():
        return ""
    return "labextension/ has changed since it was built: python .ci/labextension.py build"


def rebuild() -> str:
    """Build anew and say which files differ from those that were kept."""
    before = built_files()
    build()
    after = built_files()
    names = sorted(one for one in {*before, *after} if before.get(one) != after.get(one))
    return f"Built anew, these differ: {', '.join(names)}" if names else ""


if __name__ == "__main__":
    wrong = {"build": build, "check": check, "rebuild": rebuild}[sys.argv[1]]()
    if wrong:
        sys.exit(wrong)
