"""The part of tracing that needs OpenTelemetry's libraries: where spans go, and ids that can be told beforehand."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

Above = tuple[int, int, bool]  # a trace, a span in it, 0 for none, and whether they are exported
_NANOSECONDS = 1_000_000_000


class Ids(RandomIdGenerator):
    """Random ids, but for the next span and trace when they have been named."""

    next_span: int | None = None
    next_trace: int | None = None

    def generate_span_id(self) -> int:
        """Return the id of a new span."""
        named, self.next_span = self.next_span, None
        return named or super().generate_span_id()

    def generate_trace_id(self) -> int:
        """Return the id of a new trace."""
        named, self.next_trace = self.next_trace, None
        return named or super().generate_trace_id()


class Spans:
    """What makes the spans of one process and sends them away.

    Without an exporter they go in batches to the collector that the environment names; to one that is given they go at
    once.
    """

    def __init__(self, process: str, exporter: SpanExporter | None) -> None:
        self._ids = Ids()
        about = Resource.create({"service.name": f"penstock-{process}", "service.version": version("penstock")})
        self._provider = TracerProvider(id_generator=self._ids, resource=about)
        processor = BatchSpanProcessor(OTLPSpanExporter()) if exporter is None else SimpleSpanProcessor(exporter)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("penstock")

    def stop(self) -> None:
        """Send what has not been sent yet."""
        self._provider.shutdown()

    def current(self) -> Above:
        """Return the span of the request that is being answered."""
        context = get_current_span().get_span_context()
        return context.trace_id, context.span_id, context.trace_flags.sampled

    def request(self, name: str, above: Above | None, attributes: dict[str, Any]) -> AbstractContextManager[Span]:
        """Span a request, and whatever begins during it."""
        return self._tracer.start_as_current_span(
            name, _below(above), kind=SpanKind.SERVER, attributes=attributes, record_exception=False
        )

    def add(
        self,
        name: str,
        above: Above,
        *,
        id_: int,
        start: float,
        stop: float,
        attributes: dict[str, Any],
        failure: str | None,
    ) -> None:
        """Add a span that is over; moments are in seconds since 1970, a trace without a parent begins with it."""
        trace, parent, _ = above
        self._ids.next_span, self._ids.next_trace = id_, trace
        span = self._tracer.start_span(
            name, _below(above if parent else None), attributes=attributes, start_time=_moment(start)
        )
        self._ids.next_span = self._ids.next_trace = None
        if failure is not None:
            span.set_status(Status(StatusCode.ERROR, failure))
        span.end(_moment(max(start, stop)))


def _below(above: Above | None) -> Context:
    if above is None:
        return Context()
    trace, span, sampled = above
    parent = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(sampled))
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _moment(seconds: float) -> int:
    return int(seconds * _NANOSECONDS)
