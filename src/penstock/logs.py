"""Logs: one JSON object a line on standard error, from Penstock and from the libraries alike, without secrets."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

# Spelt without case, "_" and "-".
SECRET = frozenset(
    {
        "accesstoken",
        "apikey",
        "authorization",
        "clientsecret",
        "cookie",
        "password",
        "passwordhash",
        "refreshtoken",
        "secret",
        "token",
    }
)
HIDDEN = "***"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was answered; its query is left out, since it may hold secrets.

    ``event_id`` is that of the event that it posted, ``root`` the entity whose workflow that belongs to, ``trace`` the
    trace that it stands in.
    """

    method: str
    path: str
    status: int
    ms: float
    account: str | None
    user: str | None
    timestamp: datetime
    event_id: str | msgspec.UnsetType = msgspec.UNSET
    root: str | msgspec.UnsetType = msgspec.UNSET
    trace: str | msgspec.UnsetType = msgspec.UNSET
    event: str = "request"
    level: str = "info"


_requests = logging.getLogger("penstock.requests")
_encode = msgspec.json.Encoder().encode


def log_access(line: Access) -> None:
    """Write the line of a request, without the way through the processors, which costs ten times as much."""
    if _requests.isEnabledFor(logging.INFO):
        stderr = sys.stderr.buffer
        stderr.write(_encode(line) + b"\n")
        stderr.flush()


def without_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Hide the values of passwords, tokens and the like, however deep in mappings they stand."""
    return _cleaned(entry)


def _cleaned(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: HIDDEN if _is_secret(name) else _clean_value(value) for name, value in entry.items()}


def _clean_value(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return _cleaned(value)
    if kind is list:
        return [_clean_value(element) for element in value]
    return value


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    return str(name).replace("_", "").replace("-", "").lower() in SECRET


def _line(entry: Mapping[str, Any], **_options: Any) -> str:
    return msgspec.json.encode(entry, enc_hook=repr).decode()


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    without_secrets,
)
_RENDER = structlog.processors.JSONRenderer(serializer=_line)


def log_to_stderr(level: str) -> None:
    """Write all messages of at least ``level`` (DEBUG, INFO, WARNING or ERROR) to standard error."""
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[*_SHARED, _RENDER],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _RENDER],
        )
    )
    logging.basicConfig(level=number, handlers=[handler], force=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Write nothing but what is critical meanwhile: for commands that tell in their own words what went wrong."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
