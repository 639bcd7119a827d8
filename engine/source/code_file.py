"""A Python file of the user's: found in given folders, read, and written without a loss."""

from __future__ import annotations

import io
import os
import tempfile
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import DataError

BACKUP = ".before-tuneboard"
"""What the name of a backup has behind that of its file."""

_MAX_FILES = 2000
_MAX_BYTES = 2_000_000
_PASSED_OVER = frozenset(["__pycache__", "node_modules", "site-packages", "build", "dist"])


class CodeFolders:
    """The folders in which code may be read and written.

    Parameters
    ----------
    folders : iterable of path
        Nothing outside of them is ever touched, also not by way of a link.

    Raises
    ------
    DataError
        One of them is no folder.
    """

    def __init__(self, folders: Iterable[str | Path]) -> None:
        self._folders = [_folder(one) for one in folders]

    def files(self) -> dict[str, Path]:
        """Return the Python files by the names that the page shows, in order.

        At most 2000; hidden folders and those of installed packages are passed over.
        """
        found: dict[str, Path] = {}
        for folder in self._folders:
            for path in _walk(folder):
                name = path.relative_to(folder).as_posix()
                shown = name if len(self._folders) == 1 else f"{folder.name}/{name}"
                # Two folders of one name, of which the later one is shown with its whole path.
                found[shown if shown not in found else str(path)] = path
                if len(found) == _MAX_FILES:
                    return found
        return found

    def open(self, path: str | Path) -> CodeFile:
        """Read a file.

        Raises
        ------
        DataError
            It is not in the folders, or cannot be read as Python text.
        """
        real = Path(path).resolve()
        if real.suffix != ".py" or not any(real.is_relative_to(one) for one in self._folders):
            raise DataError.must(
                "the file",
                "be a .py file in a folder that the server was started with",
                str(path),
                "Start it with that folder: panel serve dashboard --args FOLDER",
            )
        return CodeFile(real)


class CodeFile:
    """One file, as it was when it was read last.

    Parameters
    ----------
    path : Path
        Where it is.

    Raises
    ------
    DataError
        It cannot be read as text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before: list[bytes] = []
        self.read()

    @property
    def can_undo(self) -> bool:
        """Whether something has been written that can be taken back."""
        return bool(self._before)

    def read(self) -> None:
        """Take in the file as it is now."""
        self._stamp = self._stamped()
        self._bytes = self._on_disk()
        try:
            self._encoding, _ = tokenize.detect_encoding(io.BytesIO(self._bytes).readline)
            self.text = self._bytes.decode(self._encoding)
        except (SyntaxError, UnicodeDecodeError) as error:
            raise DataError(
                f"{self.path.name} cannot be read as text: {error}. Save it as UTF-8.",
                name=self.path.name,
            ) from None

    def has_changed(self) -> bool:
        """Whether the file on the disk is another one than that which was read."""
        stamp = self._stamped()
        if stamp == self._stamp:
            return False
        if stamp is not None and self._on_disk() == self._bytes:  # saved without a change
            self._stamp = stamp
            return False
        return True

    def write(self, text: str) -> Path:
        """Put a new text in place of the one that was read; return where that is kept now.

        Raises
        ------
        DataError
            The file has changed on the disk since it was read; it is left as it is.
        """
        self._check_unchanged()
        before = self._bytes
        backup = self.path.with_name(self.path.name + BACKUP)
        self._replace(backup, before)
        self._swap(text.encode(self._encoding))
        self._before.append(before)
        self.text = text
        return backup

    def undo(self) -> None:
        """Put back what the last `write` replaced.

        Raises
        ------
        DataError
            The file has changed on the disk since then; it is left as it is.
        """
        self._swap(self._before[-1])
        self.text = self._before.pop().decode(self._encoding)

    def _swap(self, content: bytes) -> None:
        self._check_unchanged()
        self._replace(self.path, content)
        self._bytes, self._stamp = content, self._stamped()

    def _check_unchanged(self) -> None:
        if self._on_disk() != self._bytes:
            raise DataError(
                f"{self.path.name} has changed on the disk since it was read, and was left as it "
                "is. Read it again.",
                name=self.path.name,
            )

    def _replace(self, path: Path, content: bytes) -> None:
        """Write a file beside it first, so that a crash never leaves half of one."""
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, self.path.stat().st_mode)
            os.replace(name, path)
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def _on_disk(self) -> bytes:
        try:
            if self.path.stat().st_size > _MAX_BYTES:
                raise DataError.must(
                    self.path.name, "have at most 2 MB", self.path.stat().st_size, "Split it."
                )
            return self.path.read_bytes()
        except OSError as error:
            raise DataError(
                f"{self.path.name} cannot be read: {error.strerror}. Choose another file.",
                name=self.path.name,
            ) from None

    def _stamped(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size


def _folder(given: str | Path) -> Path:
    folder = Path(given).expanduser().resolve()
    if not folder.is_dir():
        raise DataError.must("a folder of code", "exist", str(given), "Check the spelling.")
    return folder


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if _is_own(Path(root) / one))
        for name in sorted(files):
            if name.endswith(".py") and not name.startswith("."):
                yield Path(root) / name


def _is_own(folder: Path) -> bool:
    is_hidden = folder.name.startswith(".") or folder.name in _PASSED_OVER
    return not is_hidden and not (folder / "pyvenv.cfg").exists()


def _unwritable(path: Path, error: OSError) -> DataError:
    message = f"{path.name} cannot be written: {error.strerror}. It was left as it is."
    return DataError(message, name=path.name)
