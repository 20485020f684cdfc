"""The worker as a deployment runs it: `pilot worker` in a process of its own, to be stopped or killed at any moment."""

import os
import subprocess
import sys

from backend.core.db import Database
from tests.conftest import ROOT


def start(database: Database, **settings: str) -> "subprocess.Popen[str]":
    """Start a worker on this database, with these settings."""
    url = database.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", "from backend.cli import app; app()", "worker"],
        env={**os.environ, "DATABASE_URL": url, **settings},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    )  # fmt: skip
