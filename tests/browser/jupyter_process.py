"""One JupyterLab or Notebook 7 server with the extension, on a folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from tuneboard.dashboard.extension_files import install

from .server_process import START_S, STOP_S, free_port


class Jupyter:
    """A server process.

    Parameters
    ----------
    folder : Path
        An empty folder, for notebooks, settings, the store and the log.
    what : {"lab", "notebook", "voila", "panel"}
        Which program.
    has_extension : bool
        Whether ours is installed.
    """

    def __init__(self, folder: Path, what: str = "lab", *, has_extension: bool = True) -> None:
        self.what = what
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        self.log = folder / "jupyter.log"
        self._folder = folder
        self._port = free_port()
        self._has_extension = has_extension
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def history_path(self) -> Path:
        """The store that kernels use."""
        return self._folder / "history.sqlite"

    def url(self, notebook: str) -> str:
        """Return the address of a notebook."""
        root = f"http://127.0.0.1:{self._port}"
        if self.what == "panel":
            return f"{root}/{notebook.removesuffix('.ipynb')}"
        place = {"lab": "lab/tree", "notebook": "notebooks", "voila": "voila/render"}[self.what]
        return f"{root}/{place}/{notebook}"

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook of code cells; return its address."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(one) for one in cells],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
            },
        )
        nbformat.write(notebook, self.notebooks / name)
        return self.url(name)

    def read(self, name: str) -> list[str]:
        """Return the cells of a notebook as they were saved."""
        return [one.source for one in nbformat.read(self.notebooks / name, as_version=4).cells]

    def start(self) -> None:
        """Start the server and wait until it answers."""
        news = self._folder / "settings" / "@jupyterlab" / "apputils-extension"
        news.mkdir(parents=True)
        (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        if self._has_extension:
            install(self._folder / "prefix")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self.notebooks,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        place = {"voila": "", "panel": "liveness"}.get(self.what, "api")
        while time.monotonic() < deadline and self._process.poll() is None:
            with (
                contextlib.suppress(URLError, OSError),
                urlopen(f"http://127.0.0.1:{self._port}/{place}", timeout=5),
            ):
                return
            time.sleep(0.2)
        pytest.fail(f"{self.what} does not answer. It printed:\n{self.log.read_text()[-4000:]}")

    def close(self) -> None:
        """End the server and its kernels."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_S)

    def _command(self) -> list[str]:
        if self.what == "voila":
            own = ["--Voila.ip=127.0.0.1", "--no-browser", f"--port={self._port}"]
            return [sys.executable, "-m", "voila", *own, str(self.notebooks)]
        if self.what == "panel":
            own = ["--port", str(self._port), "--address", "127.0.0.1", "--liveness"]
            notebooks = map(str, self.notebooks.glob("*.ipynb"))
            return [sys.executable, "-m", "panel", "serve", *notebooks, *own]
        program = "jupyterlab" if self.what == "lab" else "notebook"
        return [
            *(sys.executable, "-m", program, "--no-browser", "--allow-root"),
            *(f"--port={self._port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="),
            *("--LabApp.news_url=None", f"--ServerApp.root_dir={self.notebooks}"),
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]

    def _environment(self) -> dict[str, str]:
        """Return an environment in which nothing of the machine's own Jupyter plays a part."""
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        own = {name: str(self._folder / name.lower()) for name in folders}
        return {
            **os.environ,
            **own,
            "JUPYTERLAB_SETTINGS_DIR": str(self._folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self._folder / "workspaces"),
            "JUPYTER_PATH": str(self._folder / "prefix" / "share" / "jupyter"),
            "TUNEBOARD_HISTORY": str(self.history_path),
            "PYTHONUNBUFFERED": "1",
        }
