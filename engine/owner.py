"""The owner of a study: one process may run it at a time."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass, field

import psutil

from . import plain


@dataclass(frozen=True, slots=True)
class Owner:
    """A claim on a study: by which process of which machine, and which claim of it."""

    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    began: float = field(default_factory=lambda: psutil.Process().create_time())
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    def to_text(self) -> str:
        """Return the owner as it is stored."""
        return plain.dumps([self.host, self.pid, self.began, self.token])

    @classmethod
    def from_text(cls, text: str) -> Owner:
        """Read the owner that `to_text` wrote."""
        return cls(*plain.loads(text))

    @property
    def is_dead(self) -> bool:
        """Whether the process is known to be gone; unknown on another machine."""
        if self.host != socket.gethostname():
            return False
        try:
            process = psutil.Process(self.pid)
            # A killed process whose parent does not ask for it stays on as a zombie.
            is_other = abs(process.create_time() - self.began) > 1.0
            return bool(is_other or process.status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True
