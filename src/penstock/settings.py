"""What an operator may choose, read once from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import SetupError
from penstock.mailing.server import mail_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.mailing.server import MailServer

RULE_SECONDS = 60
WEBHOOK_PORTS = frozenset({80, 443})
WEBHOOK_KEY_BITS = (1_024, 2_048, 3_072, 4_096)
SHORTEST_SECRET = 32
HIGHEST_PORT = 65_535
WORKER_MEMORY_MB = 4096
PLUGIN_SECONDS = 5
PLUGIN_MEMORY_MB = 512
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process; every field has a default that suits a first start.

    Attributes:
        database_url: ``PENSTOCK_DATABASE_URL``: a PostgreSQL 15 or newer; empty: the embedded server.
        postgres_bin: ``PENSTOCK_POSTGRES_BIN``: directory of PostgreSQL programs to use for the embedded
            server instead of those that were installed with Penstock.
        postgres_user: ``PENSTOCK_POSTGRES_USER``: the operating system's user that a new embedded cluster
            is given to when Penstock is started by root.
        log_level: ``PENSTOCK_LOG_LEVEL``: DEBUG, INFO, WARNING or ERROR.
        pool_size: ``PENSTOCK_POOL_SIZE``: most database connections in use at once by one process.
        statement_timeout_ms: ``PENSTOCK_STATEMENT_TIMEOUT_MS``: longest run of one statement in
            milliseconds; 0 means no limit.
        rule_seconds: ``PENSTOCK_RULE_SECONDS``: how long a rule may compute before its worker gives up and,
            when that has happened three times, its event fails.
        metrics_token: ``PENSTOCK_METRICS_TOKEN``: with it, ``/metrics`` tells of all accounts; empty: nobody may.
        secret: ``PENSTOCK_SECRET``: what the private keys of webhooks are sealed with; the same for all processes.
            ``penstock up`` makes one. A process without it delivers no webhooks and no mails.
        webhook_ports: ``PENSTOCK_WEBHOOK_PORTS``: ports that webhooks may be sent to; empty: any.
        webhook_allow_loopback: ``PENSTOCK_WEBHOOK_ALLOW_LOOPBACK``: whether they may be sent to this machine itself,
            on any port; for tests.
        webhook_key_bits: ``PENSTOCK_WEBHOOK_KEY_BITS``: size of new RSA keys.
        webhook_days: ``PENSTOCK_WEBHOOK_DAYS``: how long the log keeps deliveries that are settled; 0: for ever.
        mail: ``PENSTOCK_MAIL_URL`` and ``PENSTOCK_MAIL_FROM``: the server that takes mails, or a folder, and whom they
            come from. ``penstock up`` takes a folder of its own; other processes without it send none.
        worker_memory_mb: ``PENSTOCK_WORKER_MEMORY_MB``: most address space of a worker, in MiB; a rule that
            wants more fails with its event. 0 means no limit.
        plugin_seconds: ``PENSTOCK_PLUGIN_SECONDS``: how long one call of an uploaded plugin's rule may compute.
        plugin_memory_mb: ``PENSTOCK_PLUGIN_MEMORY_MB``: most address space of the process that runs an uploaded
            plugin, in MiB.
    """

    database_url: str = ""
    postgres_bin: Path | None = None
    postgres_user: str = "nobody"
    log_level: str = "INFO"
    pool_size: int = 8
    statement_timeout_ms: int = 60_000
    rule_seconds: int = RULE_SECONDS
    metrics_token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    webhook_ports: frozenset[int] = WEBHOOK_PORTS
    webhook_allow_loopback: bool = False
    webhook_key_bits: int = 2_048
    webhook_days: int = 30
    mail: MailServer | None = None
    worker_memory_mb: int = WORKER_MEMORY_MB
    plugin_seconds: int = PLUGIN_SECONDS
    plugin_memory_mb: int = PLUGIN_MEMORY_MB

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; an unset or empty variable means the default.

        Raises:
            SetupError: a variable holds a value that cannot be used; the message names both.
        """
        given = {name: value for name, value in environment.items() if value}
        binaries = given.get("PENSTOCK_POSTGRES_BIN")
        return cls(
            database_url=given.get("PENSTOCK_DATABASE_URL", ""),
            postgres_bin=Path(binaries) if binaries else None,
            postgres_user=given.get("PENSTOCK_POSTGRES_USER", "nobody"),
            log_level=_level(given.get("PENSTOCK_LOG_LEVEL", "INFO")),
            pool_size=_whole(given, "PENSTOCK_POOL_SIZE", 8, least=1),
            statement_timeout_ms=_whole(given, "PENSTOCK_STATEMENT_TIMEOUT_MS", 60_000, least=0),
            rule_seconds=_whole(given, "PENSTOCK_RULE_SECONDS", RULE_SECONDS, least=1),
            metrics_token=given.get("PENSTOCK_METRICS_TOKEN", ""),
            secret=_secret(given.get("PENSTOCK_SECRET", "")),
            webhook_ports=_ports(given.get("PENSTOCK_WEBHOOK_PORTS", "80,443")),
            webhook_allow_loopback=_switch(given, "PENSTOCK_WEBHOOK_ALLOW_LOOPBACK"),
            webhook_key_bits=_bits(given.get("PENSTOCK_WEBHOOK_KEY_BITS", "2048")),
            webhook_days=_whole(given, "PENSTOCK_WEBHOOK_DAYS", 30, least=0),
            mail=mail_server(given.get("PENSTOCK_MAIL_URL", ""), given.get("PENSTOCK_MAIL_FROM", "")),
            worker_memory_mb=_whole(given, "PENSTOCK_WORKER_MEMORY_MB", WORKER_MEMORY_MB, least=0),
            plugin_seconds=_whole(given, "PENSTOCK_PLUGIN_SECONDS", PLUGIN_SECONDS, least=1),
            plugin_memory_mb=_whole(given, "PENSTOCK_PLUGIN_MEMORY_MB", PLUGIN_MEMORY_MB, least=64),
        )


def _level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise SetupError(f"PENSTOCK_LOG_LEVEL is {text!r}; set it to one of {', '.join(LOG_LEVELS)}.")
    return text.upper()


def _secret(text: str) -> str:
    if text and len(text) < SHORTEST_SECRET:
        raise SetupError(
            f"PENSTOCK_SECRET has {len(text)} characters; use at least {SHORTEST_SECRET} random ones, such as the "
            "output of openssl rand -base64 32."
        )
    return text


def _ports(text: str) -> frozenset[int]:
    """Return the ports of a list with commas; none for ``any``."""
    if text.strip().lower() == "any":
        return frozenset()
    ports = [part.strip() for part in text.split(",")]
    if not all(p.isascii() and p.isdigit() and 0 < int(p) <= HIGHEST_PORT for p in ports):
        raise SetupError(f"PENSTOCK_WEBHOOK_PORTS is {text!r}; give ports, such as 80,443,8443, or any.")
    return frozenset(int(p) for p in ports)


def _switch(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "0")
    if text not in {"0", "1"}:
        raise SetupError(f"{name} is {text!r}; set it to 1 or 0.")
    return text == "1"


def _bits(text: str) -> int:
    if text not in {str(bits) for bits in WEBHOOK_KEY_BITS}:
        known = ", ".join(str(bits) for bits in WEBHOOK_KEY_BITS)
        raise SetupError(f"PENSTOCK_WEBHOOK_KEY_BITS is {text!r}; set it to one of {known}.")
    return int(text)


def _whole(given: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = given.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise SetupError(f"{name} is {text!r}; set it to a whole number of at least {least}.")
    return int(text)
