"""Numbers about the work of one process, gathered in plain memory and exported as families of samples.

Counting costs a dictionary look-up, so hot loops may do it. A family is what Prometheus calls one: a name, a kind, and
samples with labels; whoever serves ``/metrics`` turns them into text.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["counter", "gauge", "summary", "histogram"]

# Names and paths come from clients in part; beyond so many different ones the rest is counted together.
MOST_LABELS = 1_000
OTHER = "other"


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A value; ``suffix`` is what the family's name gets, such as ``_total``."""

    suffix: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """One metric with all its samples."""

    name: str
    kind: Kind
    doc: str
    samples: list[Sample]

    def labelled(self, **more: str) -> Family:
        """Return the family with further labels on every sample."""
        samples = [Sample(s.suffix, {**more, **s.labels}, s.value) for s in self.samples]
        return Family(self.name, self.kind, self.doc, samples)


def gauge(name: str, doc: str, value: float, **labels: str) -> Family:
    """Return a family of one gauge."""
    return Family(name, "gauge", doc, [Sample("", labels, value)])


class Counts:
    """A counter with labels."""

    def __init__(self, name: str, doc: str, *labels: str) -> None:
        self._name, self._doc, self._labels = name, doc, labels
        self._values: dict[tuple[str, ...], float] = {}

    def add(self, *labels: str, by: float = 1) -> None:
        """Count."""
        values = self._values
        if labels not in values and len(values) >= MOST_LABELS:
            labels = (OTHER,) * len(labels)
        values[labels] = values.get(labels, 0) + by

    def families(self) -> Iterator[Family]:
        """Yield the family."""
        samples = [Sample("_total", dict(zip(self._labels, key, strict=True)), v) for key, v in self._values.items()]
        yield Family(self._name, "counter", self._doc, samples)


class Durations:
    """How often something was done, and how long it took altogether, in seconds."""

    def __init__(self, name: str, doc: str, *labels: str) -> None:
        self._name, self._doc, self._labels = name, doc, labels
        self._values: dict[tuple[str, ...], list[float]] = {}

    def add(self, seconds: float, *labels: str) -> None:
        """Count one more, and its time."""
        known = self._values.get(labels)
        if known is None:
            if len(self._values) >= MOST_LABELS:
                labels = (OTHER,) * len(labels)
            known = self._values.setdefault(labels, [0, 0.0])
        known[0] += 1
        known[1] += seconds

    def families(self) -> Iterator[Family]:
        """Yield the family, a summary without quantiles."""
        samples = []
        for key, (count, seconds) in self._values.items():
            labels = dict(zip(self._labels, key, strict=True))
            samples += [Sample("_count", labels, count), Sample("_sum", labels, seconds)]
        yield Family(self._name, "summary", self._doc, samples)


class Histogram:
    """How durations in seconds are distributed."""

    BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

    def __init__(self, name: str, doc: str) -> None:
        self._name, self._doc = name, doc
        self._counts = [0] * (len(self.BOUNDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self._counts[bisect_left(self.BOUNDS, seconds)] += 1
        self._sum += seconds

    def families(self) -> Iterator[Family]:
        """Yield the family; each bucket counts all that took no longer."""
        samples, total = [], 0
        for bound, count in zip((*map(str, self.BOUNDS), "+Inf"), self._counts, strict=True):
            total += count
            samples.append(Sample("_bucket", {"le": bound}, total))
        samples += [Sample("_count", {}, total), Sample("_sum", {}, self._sum)]
        yield Family(self._name, "histogram", self._doc, samples)
