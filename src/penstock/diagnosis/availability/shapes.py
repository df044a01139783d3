"""What is told of an answer about availability; spelt as on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from penstock.inventory.explaining import Entry, Step


class ToldControl(msgspec.Struct, frozen=True, rename="camel"):
    """A control that is about the product, and why it does not decide; ``lost`` is null where it does."""

    ref: str
    type: str
    status: str
    scope: str
    value: Any
    execution_order: int | None
    lost: str | None


class ToldStatus(msgspec.Struct, frozen=True, rename="camel"):
    """The status that threshold controls give to the quantity, and the one of them that says so."""

    by_thresholds: str
    control: str | None


class ToldPosition(msgspec.Struct, frozen=True, rename="camel"):
    """The stock behind a virtual position; ``counter_agrees``: its counter is the sum of its ledger."""

    ref: str
    status: str
    on_hand: int
    reserved: int
    steps: list[Step]
    not_counting: list[Entry]
    counter_agrees: bool


class Stored(msgspec.Struct, frozen=True, rename="camel"):
    """A virtual position as it is stored."""

    ref: str
    quantity: int
    status: str
    updated_on: datetime


class AtLocation(msgspec.Struct, frozen=True, rename="camel"):
    """What is shown of a product at a location, and what can be promised: headroom is shown, not promised.

    ``expected`` are units that come in until the day asked about, or up to the catalogue's horizon;
    ``available_then`` is what could be sold then, if nobody bought anything in the meantime.
    """

    location_ref: str
    location_status: str | None
    in_network: bool
    position: ToldPosition | None
    controls: list[ToldControl]
    steps: list[Step]
    quantity: int
    promisable: int
    expected: int = 0
    available_then: int = 0


class Explanation(msgspec.Struct, frozen=True, rename="camel"):
    """Why a catalogue shows so much of a product; ``equal``: what is stored is what was computed.

    Of a BASE catalogue it is about one location. Of an AGGREGATE one, ``steps`` go on from the sum over
    ``location_count`` locations, of which ``locations`` tells those that show the most.
    """

    product_ref: str
    group_ref: str
    quantity: int
    stored: Stored | None
    equal: bool
    status: ToldStatus
    steps: list[Step]
    controls: list[ToldControl]
    locations: list[AtLocation]
    location_count: int
    available_then: int = 0


class ToldNetwork(msgspec.Struct, frozen=True, rename="camel"):
    """A network of the catalogue; nothing is promised from one that is INACTIVE."""

    id: str
    ref: str
    status: str | None


class Explanations(msgspec.Struct, frozen=True, rename="camel"):
    """What was found in a catalogue at a moment; ``has_more``: there are positions that are not listed."""

    virtual_catalogue_ref: str
    type: str
    inventory_catalogue_ref: str
    control_group_ref: str | None
    control_group_status: str | None
    buffer_mode: str
    networks: list[ToldNetwork]
    promises: bool
    at: datetime
    until: datetime
    results: list[Explanation]
    has_more: bool
