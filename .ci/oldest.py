"""Print pip constraints that pin every runtime dependency to the oldest allowed version."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"]:
    sys.stdout.write(re.sub(r">=([\d.]+).*", r"==\1", requirement) + "\n")
