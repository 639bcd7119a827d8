"""The objective on its way to other processes: packed once, large arrays as memory maps."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import tempfile
import threading
from pathlib import Path
from types import CodeType
from typing import Any

from ..errors import ObjectiveError

MIN_MAPPED_BYTES = 100_000
"""Arrays of so many bytes lie in a file of their own, which all workers map."""

_NO_FILE = "<dynamic-code>"
_unpacked: tuple[str, Any] = ("", None)
_unpacking = threading.Lock()


class Parcel:
    """An objective in a folder of its own, until `discard`.

    Workers of this machine map the same pages of the data: they are neither sent nor copied.

    Raises
    ------
    ObjectiveError
        The objective cannot be pickled.
    """

    def __init__(self, objective: Any) -> None:
        self.folder = tempfile.mkdtemp(prefix="tuneboard-")
        try:
            with (Path(self.folder) / "objective").open("wb") as file:
                _pickler(file, Path(self.folder)).dump(objective)
        except Exception as error:
            self.discard()
            raise _cannot_be_sent(objective, error) from error

    def discard(self) -> None:
        """Remove the folder; what is mapped already stays readable."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _cannot_be_sent(objective: Any, error: Exception) -> ObjectiveError:
    """Word why an objective cannot be pickled."""
    return ObjectiveError(
        f"Study.model must be something that can be sent to a worker process. {error}. "
        "Make what cannot be sent inside the function.",
        name="Study.model",
        value=objective,
    )


def unpack(folder: str) -> Any:
    """Return the objective of a parcel, kept for the next call."""
    global _unpacked
    with _unpacking:
        if _unpacked[0] != folder:
            # Not from a store or an upload: this process's own parent has just written it.
            with (Path(folder) / "objective").open("rb") as file:
                _unpacked = (folder, _Unpickler(file, Path(folder)).load())
        return _unpacked[1]


def packed(objective: Any) -> bytes:
    """Return an objective as bytes, data included.

    Raises
    ------
    ObjectiveError
        The objective cannot be pickled.
    """
    file = io.BytesIO()
    try:
        _pickler(file, None).dump(objective)
    except Exception as error:
        raise _cannot_be_sent(objective, error) from error
    return file.getvalue()


def _pickler(file: Any, folder: Path | None) -> Any:
    """Make a pickler; with a folder, it puts large arrays there."""
    import cloudpickle
    import numpy as np

    class Pickler(cloudpickle.Pickler):
        n_arrays = 0

        def persistent_id(self, value: Any) -> str | None:
            is_mapped = type(value) is np.ndarray and not value.dtype.hasobject
            if folder is None or not is_mapped or value.nbytes < MIN_MAPPED_BYTES:
                return None
            self.n_arrays += 1
            name = f"array_{self.n_arrays}.npy"
            np.save(folder / name, value)
            return name

        def reducer_override(self, value: Any) -> Any:
            if not isinstance(value, CodeType):
                return super().reducer_override(value)
            # Cloudpickle 3.1 forgets the file, without which a traceback has no lines of code.
            make, args = self.dispatch_table[CodeType](value)
            return make, tuple(value.co_filename if one == _NO_FILE else one for one in args)

    return Pickler(file)


class _Unpickler(pickle.Unpickler):
    """Maps the arrays copy-on-write: who writes into one changes a copy of its own."""

    def __init__(self, file: io.BufferedReader, folder: Path) -> None:
        super().__init__(file)
        self._folder = folder

    def persistent_load(self, name: Any) -> Any:
        import numpy as np

        return np.asarray(np.load(self._folder / os.path.basename(name), mmap_mode="c"))
