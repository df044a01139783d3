"""Stock as simple as it can be told: what counts, what is reserved, what is refused (spec 20 §2, §3, §8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = st.integers(0, 6)
FULFILMENTS = st.sampled_from(["901", "902", "903"])


@dataclass(frozen=True)
class Step:
    """Something that happens to a position: its kind, whom or what it is about, and units."""

    kind: str
    key: str = ""
    first: int = 0
    second: int = 0


COUNTS = st.one_of(
    st.builds(Step, st.just("load"), st.just(""), UNITS, st.integers(0, 1)),  # count, correctedQty
    st.builds(Step, st.just("batch"), st.just(""), UNITS, st.integers(0, 1)),  # the same, as a batch
    st.builds(Step, st.just("buffer"), st.just(""), st.integers(-4, 3)),  # of the product at the place
    st.builds(Step, st.just("delta"), st.sampled_from("xyz"), st.integers(-3, 5)),
)
STEPS = st.one_of(
    COUNTS,
    st.builds(Step, st.just("reserve"), FULFILMENTS, UNITS),
    st.builds(Step, st.just("reduce"), FULFILMENTS, UNITS),
    st.builds(Step, st.just("release"), FULFILMENTS),
    st.builds(Step, st.just("confirm"), FULFILMENTS, UNITS, UNITS),  # picked, missing
)


ALONE = {"batch", "buffer"}  # kinds that come by other ways than the position's lane


@dataclass
class Entry:
    """A ledger row; it counts while it is live."""

    type: str
    units: int
    live: bool = True


@dataclass
class Position:
    """A position and its ledger by ref; ``failures`` counts what was refused."""

    entries: dict[str, Entry] = field(default_factory=dict)
    failures: int = 0
    buffer: int = 0

    @property
    def on_hand(self) -> int:
        """Return the sum of what counts."""
        return sum(e.units for e in self.entries.values() if e.live)

    @property
    def reserved(self) -> int:
        """Return what is promised."""
        return -self.ledger.get("RESERVED", 0)

    @property
    def ledger(self) -> dict[str, int]:
        """Return the sum of what counts by type; types without any are left out."""
        live = [e for e in self.entries.values() if e.live]
        return {type_: sum(e.units for e in live if e.type == type_) for type_ in {e.type for e in live}}

    @property
    def for_sale(self) -> int:
        """Return what a virtual catalogue shows."""
        return max(0, self.on_hand + self.buffer)

    def apply(self, step: Step) -> None:
        """Let a step happen."""
        doing: Callable[[Step], None] = getattr(self, f"_{step.kind}")
        doing(step)

    def _load(self, step: Step) -> None:
        self.entries["LAST_ON_HAND"] = Entry("LAST_ON_HAND", step.first)
        gone = {"SALE", "DELTA"} if step.second else {"SALE", "DELTA", "CORRECTION"}
        for entry in self.entries.values():
            entry.live = entry.live and entry.type not in gone

    def _batch(self, step: Step) -> None:
        if not self.known(step.first):
            self._load(step)

    def known(self, units: int) -> bool:
        """Return whether a batch leaves out a count of so many units, because it would change nothing."""
        counted = self.entries.get("LAST_ON_HAND")
        return counted == Entry("LAST_ON_HAND", units) and not self.ledger.keys() & {"SALE", "DELTA", "CORRECTION"}

    def _buffer(self, step: Step) -> None:
        self.buffer = step.first

    def _delta(self, step: Step) -> None:
        self.entries.setdefault(step.key, Entry("DELTA", step.first))

    def _reserve(self, step: Step) -> None:
        known = f"RESERVED:{step.key}" in self.entries
        if step.first and not known:
            if self.on_hand < step.first:
                self.failures += 1
            else:
                self.entries[f"RESERVED:{step.key}"] = Entry("RESERVED", -step.first)

    def _reduce(self, step: Step) -> None:
        known = self.entries.get(f"RESERVED:{step.key}")
        if known is None:
            self._reserve(step)
        elif known.live:
            known.units = max(known.units, -step.first)

    def _release(self, step: Step) -> None:
        if f"RESERVED:{step.key}" in self.entries:
            self.entries[f"RESERVED:{step.key}"].live = False

    def _confirm(self, step: Step) -> None:
        self._release(step)
        types = {"SALE": step.first, "CORRECTION": step.second}
        if not any(f"{type_}:{step.key}" in self.entries for type_ in types):
            for type_, units in types.items():
                if units:
                    self.entries[f"{type_}:{step.key}"] = Entry(type_, -units)


def event(step: Step, ref: str, product: str, location: str) -> tuple[str, str, dict[str, Any]]:
    """Return name, entity type and attributes of the event that makes a step happen."""
    if step.kind == "load":
        counted = {"qty": step.first, "type": "LAST_ON_HAND", "attributes": {}}
        whole = {"ref": ref, "type": "DEFAULT", "productRef": product, "locationRef": location}
        position = {**whole, "qty": step.first, "correctedQty": step.second, "inventoryQuantity": counted}
        return "InventoryChanged", "INVENTORY_CATALOGUE", {"inventoryPosition": position}
    if step.kind == "delta":
        delta = {"deltaId": f"{ref}:{step.key}", "type": "DELTA", "qty": step.first}
        return "CreateInventoryDelta", "INVENTORY_POSITION", {"deltas": [delta]}
    taken: dict[str, Any] = {"fulfilmentId": step.key}
    if step.kind in {"reserve", "reduce"}:
        operation = {"reserve": "RESERVE", "reduce": "REDUCE_RESERVE"}[step.kind]
        return "ReserveInventory", "INVENTORY_POSITION", {**taken, "operation": operation, "reservedQty": -step.first}
    if step.kind == "release":
        return "CancelInventory", "INVENTORY_POSITION", {**taken, "operation": "UNRESERVE"}
    units = {"saleQty": -step.first, "correctionQty": -step.second}
    return "ConfirmInventory", "INVENTORY_POSITION", {**taken, "operation": "RESET_RESERVE", **units}
