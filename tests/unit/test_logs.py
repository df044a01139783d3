"""Nothing secret gets into a log."""

from __future__ import annotations

import json
import subprocess
import sys

from penstock.logs import HIDDEN, without_secrets

PROGRAM = """
import logging, structlog
from penstock.logs import log_to_stderr
log_to_stderr("INFO")
structlog.get_logger().info("hello", password="s3cret", n=1, odd=object)
structlog.get_logger().debug("quiet")
logging.getLogger("lib").warning("careful %s", 1)
"""


def test_secrets_are_hidden_at_any_depth() -> None:
    entry = {
        "event": "x",
        "Authorization": "Bearer a",
        "form": {"client_secret": "b", "clientSecret": "c", "username": "dana"},
        "list": [{"access_token": "d"}, 1],
    }
    assert without_secrets(None, "info", entry) == {
        "event": "x",
        "Authorization": HIDDEN,
        "form": {"client_secret": HIDDEN, "clientSecret": HIDDEN, "username": "dana"},
        "list": [{"access_token": HIDDEN}, 1],
    }


def test_each_line_is_an_object() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    first, second = (json.loads(line) for line in run.stderr.splitlines())
    assert (first["event"], first["password"], first["n"], first["level"]) == ("hello", HIDDEN, 1, "info")
    assert (second["event"], second["level"]) == ("careful 1", "warning")
