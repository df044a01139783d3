"""Traces in the sense of OpenTelemetry: a request, the events that follow from it, their rules and webhooks.

Off unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``) names a collector; the other
variables of OpenTelemetry work as usual. Nothing of the library is loaded while it is off.

A trace crosses processes as the header ``traceparent``, which events carry in their ``meta``. The span of an event has
an id that follows from the event's own, so whoever is caused by the event can name its parent before that has ended.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Mapping

    from opentelemetry.sdk.trace.export import SpanExporter

    from penstock.spans import Spans

PARENT = "traceparent"
_HEADER = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Place(NamedTuple):
    """Where something stands in a trace: the trace and the span above it, 0 for none."""

    trace: int
    parent: int
    sampled: bool = True

    @property
    def header(self) -> str:
        """Return the place as the value of ``traceparent``."""
        return f"00-{self.trace:032x}-{self.parent:016x}-{int(self.sampled):02x}"


def place_in(meta: Mapping[str, Any] | None) -> Place | None:
    """Return the place that headers or an event's ``meta`` name, None where they name none."""
    found = _HEADER.fullmatch(str((meta or {}).get(PARENT, "")))
    if found is None or int(found[1], 16) == 0:
        return None
    return Place(int(found[1], 16), int(found[2], 16), bool(int(found[3], 16) & 1))


def span_of(id_: uuid.UUID) -> int:
    """Return the id of an event's span."""
    return int.from_bytes(hashlib.blake2b(id_.bytes, digest_size=8).digest(), "big") or 1


class Tracing:
    """The spans of one process; does nothing until it is started."""

    def __init__(self) -> None:
        self._spans: Spans | None = None

    @property
    def on(self) -> bool:
        """Return whether spans are exported."""
        return self._spans is not None

    def start(self, process: str, exporter: SpanExporter | None = None) -> None:
        """Begin to export the spans of a process, if a collector is named or an exporter given."""
        named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        if exporter is None and not any(os.environ.get(name) for name in named):
            return
        from penstock.spans import Spans  # noqa: PLC0415 - loads OpenTelemetry, which costs who does not use it

        self._spans = Spans(process, exporter)

    def stop(self) -> None:
        """Send what has not been sent yet."""
        if self._spans is not None:
            spans, self._spans = self._spans, None
            spans.stop()

    def carried(self) -> dict[str, str]:
        """Return what an event takes along from the request that is being answered; nothing while tracing is off."""
        if self._spans is None:
            return {}
        return {PARENT: Place(*self._spans.current()).header}

    def current(self) -> str:
        """Return the id of the trace that the request being answered stands in; empty while tracing is off."""
        return self.carried()[PARENT].split("-")[1] if self.on else ""

    def caused_by(
        self, event: uuid.UUID, meta: Mapping[str, Any] | None, context: uuid.UUID | None = None
    ) -> dict[str, str]:
        """Return what is taken along by whatever an event causes outside its context.

        ``meta`` is that of the context's external event, ``context`` its id where that is another.
        """
        if not self.on:
            return {}
        above = place_in(meta) or Place((context or event).int, 0)
        return {PARENT: Place(above.trace, span_of(event), above.sampled).header}

    @contextmanager
    def request(self, name: str, headers: Mapping[str, str], attributes: dict[str, Any]) -> Iterator[Any]:
        """Span a request; yields the span, or None while tracing is off."""
        if self._spans is None:
            yield None
            return
        with self._spans.request(name, place_in(headers), attributes) as span:
            yield span

    def add(
        self,
        name: str,
        place: Place,
        *,
        id_: int,
        start: float,
        stop: float,
        attributes: dict[str, Any],
        failure: str | None = None,
    ) -> None:
        """Add a span that is over; moments are in seconds since 1970, a trace without a parent begins with it."""
        assert self._spans is not None
        self._spans.add(name, place, id_=id_, start=start, stop=stop, attributes=attributes, failure=failure)


TRACING = Tracing()  # of this process
