"""The part of tracing that needs OpenTelemetry's libraries: where spans go, and ids that can be told beforehand."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import RandomIdGenerator, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter


class Ids(RandomIdGenerator):  # type: ignore[misc]  # the library's types are not found
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


def provider(process: str, exporter: SpanExporter | None) -> tuple[TracerProvider, Ids]:
    """Return where a process's spans go, and what gives them ids.

    Without an exporter they go in batches to the collector that the environment names; to one that is given they go at
    once.
    """
    ids = Ids()
    about = Resource.create({"service.name": f"penstock-{process}", "service.version": version("penstock")})
    made = TracerProvider(id_generator=ids, resource=about)
    processor = BatchSpanProcessor(OTLPSpanExporter()) if exporter is None else SimpleSpanProcessor(exporter)
    made.add_span_processor(processor)
    return made, ids
