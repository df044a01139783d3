"""The file of a scenario."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Positive = Annotated[float, msgspec.Meta(ge=0)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """A part of the file; a member that nobody knows is a mistake."""


class StockChange(_Part):
    """Another count of stock: ``count`` units of a product at a location, or what is there times ``factor``.

    A factor without a product is for all of the location, without a location for all places of the product. The
    inventory catalogue is named where several serve the retailer.
    """

    product: Text | None = None
    location: Text | None = None
    count: Whole | None = None
    factor: Positive | None = None
    catalogue: Text | None = None


class NetworkChange(_Part):
    """Locations that join or leave a network, all by ref."""

    ref: Text
    add: list[Text] = []
    remove: list[Text] = []


class LocationChange(_Part):
    """Another status of a location: INACTIVE closes it."""

    ref: Text
    status: Text


class ControlChange(_Part):
    """A control that is created, changed or, with ``remove``, switched off.

    ``about`` is a product, ``product:location``, a category or a location. Without ``group`` it is the group that the
    retailer's BASE catalogues follow; where they follow none, one is made.
    """

    type: Text
    about: Text
    group: Text | None = None
    value: int | None = None
    execution_order: int | None = None
    remove: bool = False


class SettingChange(_Part):
    """A value of a setting: the retailer's, that of one of its locations, or the account's."""

    name: Text
    value: Any
    location: Text | None = None
    context: Literal["RETAILER", "ACCOUNT"] = "RETAILER"


class Cost(_Part):
    """What sending costs, in the retailer's own money: for each fulfilment, and for each kilometre that it goes."""

    per_fulfilment: Positive = 4.0
    per_km: Positive = 0.02

    def of(self, fulfilments: int, km: float) -> float:
        """Return the cost of fulfilments that go so far altogether."""
        return fulfilments * self.per_fulfilment + km * self.per_km


class Promise(_Part):
    """Hours until a fulfilment is ready: the location's ``setting``, and ``hours`` where it has none (spec 21 §9.4)."""

    setting: Text = "PICK_N_PACK_TIME_LIMIT"
    hours: Positive = 24.0


class Scenario(_Part):
    """What is changed in one fork, in the order of these members; the last two only concern the comparison."""

    name: str = ""
    mutations: list[dict[str, dict[str, Any]]] = []  # {"createCarrier": {...its input}}
    locations: list[LocationChange] = []
    networks: list[NetworkChange] = []
    settings: list[SettingChange] = []
    workflows: list[str | dict[str, Any]] = []  # paths, from the file's folder, or documents
    profiles: list[dict[str, Any]] = []  # inputs of createSourcingProfile; what is left out stays as it is
    controls: list[ControlChange] = []
    stock: list[StockChange] = []
    events: list[dict[str, Any]] = []  # as POST /api/v4.1/event/async takes them
    cost: Cost | None = None
    promise: Promise | None = None
