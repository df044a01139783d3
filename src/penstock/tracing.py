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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Mapping

PARENT = "traceparent"
_HEADER = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Place:
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
        self.on = False
        self._tracer: Any = None
        self._ids: Any = None
        self._provider: Any = None

    def start(self, process: str, exporter: Any = None) -> None:
        """Begin to export the spans of a process, if a collector is named or an exporter given."""
        named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        if exporter is None and not any(os.environ.get(name) for name in named):
            return
        from penstock.spans import provider  # noqa: PLC0415 - the library is loaded only where it is used

        self._provider, self._ids = provider(process, exporter)
        self._tracer = self._provider.get_tracer("penstock")
        self.on = True

    def stop(self) -> None:
        """Send what has not been sent yet."""
        if self.on:
            self.on = False
            self._provider.shutdown()

    def carried(self) -> dict[str, str]:
        """Return what an event takes along from the request that is being answered; nothing while tracing is off."""
        if not self.on:
            return {}
        from opentelemetry.trace import get_current_span  # noqa: PLC0415 - as above

        context = get_current_span().get_span_context()
        return {PARENT: Place(context.trace_id, context.span_id, context.trace_flags.sampled).header}

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
        if not self.on:
            yield None
            return
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 - as above

        context = self._below(place_in(headers))
        with self._tracer.start_as_current_span(
            name, context, kind=SpanKind.SERVER, attributes=attributes, record_exception=False
        ) as span:
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
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - as above

        self._ids.next_span, self._ids.next_trace = id_, place.trace
        span = self._tracer.start_span(
            name, self._below(place if place.parent else None), attributes=attributes, start_time=_moment(start)
        )
        self._ids.next_span = self._ids.next_trace = None
        if failure is not None:
            span.set_status(Status(StatusCode.ERROR, failure))
        span.end(_moment(max(start, stop)))

    def _below(self, place: Place | None) -> Any:
        from opentelemetry.context import Context  # noqa: PLC0415 - as above
        from opentelemetry.trace import (  # noqa: PLC0415 - as above
            NonRecordingSpan,
            SpanContext,
            TraceFlags,
            set_span_in_context,
        )

        if place is None:
            return Context()
        above = SpanContext(place.trace, place.parent, is_remote=True, trace_flags=TraceFlags(place.sampled))
        return set_span_in_context(NonRecordingSpan(above), Context())


def _moment(seconds: float) -> int:
    return int(seconds * _NANOSECONDS)


TRACING = Tracing()  # of this process
