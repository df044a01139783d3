"""The composition root: every part of a Penstock process, built in order. Read it to learn the house.

``parts.py`` has what several processes need, ``api.py``, ``worker.py`` and ``apart.py`` are the kinds of processes.
"""

from penstock.app.apart import at_work, bootstrap, checked, histories, run_batch, run_only
from penstock.app.api import create_api, openapi_text, schema_text
from penstock.app.parts import SYSTEM_CLOCK, engine, ingester, retention, webhook_keys
from penstock.app.placing import awaited
from penstock.app.worker import run_worker

__all__ = [
    "SYSTEM_CLOCK",
    "at_work",
    "awaited",
    "bootstrap",
    "checked",
    "create_api",
    "engine",
    "histories",
    "ingester",
    "openapi_text",
    "retention",
    "run_batch",
    "run_only",
    "run_worker",
    "schema_text",
    "webhook_keys",
]
