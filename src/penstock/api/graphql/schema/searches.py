"""Root fields that the contract words in their own way: aggregates, parcels by location, and a search over stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.conditions import NOTHING, Among, Between, Condition, Key, Linked, Read, Same, key_condition
from penstock.api.graphql.descriptions.questions import of_filter
from penstock.api.graphql.filters import Argument
from penstock.api.graphql.operations import input_type, output_type
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, One

if TYPE_CHECKING:
    from penstock.api.graphql.conditions import Bind, Form

input_type(
    "ProductQuantityInput",
    {"productRef": "String!", "quantity": "Int!"},
    "A product, and how many of it are wanted.",
    {
        "productRef": "Ref of the product.",
        "quantity": "How many are wanted; searchVirtualInventory finds locations with fewer too.",
    },
)
input_type("GeoCoordinateInput", {"latitude": "Float!", "longitude": "Float!"}, "A point on the earth, in degrees.")
input_type(
    "VirtualPositionInput",
    {"status": "String"},
    "What a virtual position must be like.",
    {"status": "Its status, exactly."},
)
_TOTAL = {"sum": "Int", "count": "Int"}
_ON_HAND = {"sum": "What is on hand in all.", "count": "How many positions were added up."}
_QUANTITIES = {"sum": "The amounts added up.", "count": "How many quantities were added up."}
output_type("InventoryPositionAggregateOutput", _TOTAL, "Stock on hand over several positions.", _ON_HAND)
output_type("InventoryQuantityAggregateOutput", _TOTAL, "The sum of several quantities of one position.", _QUANTITIES)
output_type(
    "VirtualInventory",
    {"location": "Location", "virtualPositions": "[VirtualPosition]"},
    "A location that can sell some of what is wanted.",
    {"location": "The location.", "virtualPositions": "How much it can sell of each product wanted."},
)
output_type(
    "VirtualInventoryEdge",
    {"node": "VirtualInventory", "cursor": "String"},
    "A location of a search over stock.",
    {"node": "The location with its stock.", "cursor": "Its place in the list."},
)
output_type(
    "VirtualInventoryConnection",
    {"edges": "[VirtualInventoryEdge]", "pageInfo": "PageInfo"},
    "The locations that a search over stock found.",
    {"edges": "The locations of this page.", "pageInfo": "Whether there are more."},
)


@dataclass(frozen=True, slots=True)
class Within(Condition):
    """A condition on other rows, to which ``path`` leads from a row ``{t}``; ``{c}`` stands for it, on ``{i}``."""

    path: str
    condition: Condition
    single: bool = False  # one value, where the condition takes a list

    def read(self, value: Any) -> Read:
        """Read the argument as the inner condition does."""
        return self.condition.read([value] if self.single and value is not None else value)

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the path around the inner condition."""
        inner = f"{alias}i"
        return self.path.format(t=alias, i=inner, c=self.condition.sql(inner, form, bind))


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """One of several keys."""

    key: Key

    def read(self, value: Any) -> Read:
        """Read each key; those that say nothing ask nothing."""
        read = [self.key.read(v) for v in value or () if v is not None]
        given = [(form, binds) for form, binds in read if form is not None]
        return (tuple(form for form, _ in given), [b for _, binds in given for b in binds]) if given else NOTHING

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the keys, one beside the other."""
        assert isinstance(form, tuple)
        return "(" + " OR ".join(f"({self.key.sql(alias, each, bind)})" for each in form) + ")"


@dataclass(frozen=True, slots=True)
class Member(Condition):
    """A condition on one member of an input, such as ``status`` of ``VirtualPositionInput``."""

    name: str
    condition: Condition

    def read(self, value: Any) -> Read:
        """Read the member."""
        return self.condition.read((value or {}).get(self.name))

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the member's condition."""
        return self.condition.sql(alias, form, bind)


@dataclass(frozen=True, slots=True)
class Wanted(Condition):
    """Products that are among those wanted; how many does not matter (spec 21 §7)."""

    def read(self, value: Any) -> Read:
        """Read the refs."""
        return "any", [[v["productRef"] for v in value or () if v is not None]]

    def sql(self, alias: str, _form: Form, bind: Bind) -> str:
        """Write the test."""
        return f"{alias}.product_ref = ANY({bind()}::text[])"


@dataclass(frozen=True, slots=True)
class Without(Condition):
    """Locations other than some."""

    def read(self, value: Any) -> Read:
        """Read the refs."""
        return ("all", [list(value)]) if value else NOTHING

    def sql(self, alias: str, _form: Form, bind: Bind) -> str:
        """Write the test."""
        return f"{alias}.ref <> ALL({bind()}::text[])"


@dataclass(frozen=True, slots=True)
class Distance(Condition):
    """No test, but an order: the haversine of the angle to a point, which grows with the distance."""

    def read(self, value: Any) -> Read:
        """Read the point."""
        return ("near", [value["latitude"], value["longitude"]]) if value is not None else NOTHING

    def sql(self, alias: str, _form: Form, bind: Bind) -> str:
        """Write the expression, on an address."""
        latitude, longitude = f"radians({bind()}::float8)", f"radians({bind()}::float8)"
        return (
            f"sin((radians({alias}.latitude) - {latitude}) / 2) ^ 2 + cos({latitude}) "
            f"* cos(radians({alias}.latitude)) * sin((radians({alias}.longitude) - {longitude}) / 2) ^ 2"
        )


def _column(entity: str, name: str) -> Column:
    found = next(c for c in MODEL.entity(entity).columns if name in {c.name, c.column})
    assert isinstance(found, Column)
    return found


def _link(entity: str, name: str) -> One:
    found = MODEL.entity(entity).field(name)
    assert isinstance(found, One)
    return found


def _among(entity: str, name: str) -> Argument:
    column = _column(entity, name)
    return Argument(name, "[String!]", Among(column), of_filter(name, column))


_IN_NETWORK = (
    "{t}.location_ref IN (SELECT l.ref FROM location l JOIN network_location j ON j.location_id = l.id "
    "JOIN network {i} ON {i}.id = j.network_id WHERE {c})"
)

POSITION_AGGREGATE = (
    Argument(
        "catalogue",
        "InventoryCatalogueKey!",
        Linked(_link("InventoryPosition", "catalogue"), key_condition("InventoryCatalogueKey", "InventoryCatalogue")),
        "Of this catalogue.",
    ),
    Argument("productRef", "String!", Same(_column("InventoryPosition", "productRef")), "Of this product."),
    _among("InventoryPosition", "type"),
    _among("InventoryPosition", "status"),
    Argument(
        "networkRef",
        "String",
        Within(_IN_NETWORK, Same(_column("Network", "ref"))),
        "Only positions at locations of this network.",
    ),
)

QUANTITY_AGGREGATE = (
    Argument(
        "position",
        "InventoryPositionKey!",
        Linked(_link("InventoryQuantity", "position"), key_condition("InventoryPositionKey", "InventoryPosition")),
        "Of this position.",
    ),
    _among("InventoryQuantity", "type"),
    _among("InventoryQuantity", "status"),
    Argument("expectedOn", "DateRange", Between(_column("InventoryQuantity", "expectedOn")), "Expected in this time."),
)

_OF_ORDER = "{t}.order_id IN (SELECT {i}.id FROM orders {i} WHERE {c})"
_OF_CUSTOMER = "{t}.order_id IN (SELECT o.id FROM orders o JOIN customer {i} ON {i}.id = o.customer_id WHERE {c})"
_AT = (
    "{{t}}.id IN (SELECT j.article_id FROM article_fulfilment j JOIN fulfilment f ON f.id = j.fulfilment_id "
    "JOIN location {{i}} ON {{i}}.primary_address_id = f.{} WHERE {{c}})"
)
# Where a parcel is collected: the address is the store's own, or one with the ref of the store.
_TO = (
    "{t}.id IN (SELECT j.article_id FROM article_fulfilment j JOIN fulfilment f ON f.id = j.fulfilment_id "
    "JOIN address a ON a.id = f.to_address_id JOIN location {i} ON {i}.primary_address_id = a.id "
    "OR ({i}.ref = a.ref AND {i}.retailer_id = {t}.retailer_id) WHERE {c})"
)
_BOOKED = (
    "{t}.id IN (SELECT c.article_id FROM consignment_article c JOIN consignment {i} ON {i}.id = c.consignment_id "
    "WHERE {c})"
)
_CARRIED = (
    "{t}.id IN (SELECT c.article_id FROM consignment_article c JOIN consignment k ON k.id = c.consignment_id "
    "JOIN carrier {i} ON {i}.id = k.carrier_id WHERE {c})"
)


def _of_customer(name: str, field: str) -> Argument:
    condition = Within(_OF_CUSTOMER, Among(_column("Customer", field)), single=True)
    return Argument(name, "String", condition, "Of orders of such a customer; % stands for any text.")


ARTICLES_BY_LOCATION = (
    _among("Article", "status"),
    Argument("orderType", "[String!]", Within(_OF_ORDER, Among(_column("Order", "type"))), "Of orders of these types."),
    Argument(
        "fromLocation",
        "[LocationKey!]",
        Within(_AT.format("from_address_id"), AnyOf(key_condition("LocationKey", "Location"))),
        "Sent from one of these.",
    ),
    Argument(
        "toLocation",
        "[LocationKey!]",
        Within(_TO, AnyOf(key_condition("LocationKey", "Location"))),
        "To be collected at one of these.",
    ),
    Argument("orderRef", "[String!]", Within(_OF_ORDER, Among(_column("Order", "ref"))), "Of these orders."),
    _of_customer("customerFirstName", "firstName"),
    _of_customer("customerLastName", "lastName"),
    _of_customer("customerPhone", "primaryPhone"),
    _of_customer("customerEmail", "primaryEmail"),
    Argument("createdOn", "DateRange", Between(_column("Article", "createdOn")), "Created in this time."),
    Argument("updatedOn", "DateRange", Between(_column("Article", "updatedOn")), "Changed in this time."),
    Argument(
        "consignmentStatus",
        "[String!]",
        Within(_BOOKED, Among(_column("Consignment", "status"))),
        "In consignments of these statuses.",
    ),
    Argument(
        "carrierName",
        "String",
        Within(_CARRIED, Among(_column("Carrier", "name")), single=True),
        "Of this carrier.",
    ),
    Argument("retailerId", "[Int!]", Among(_column("Article", "retailer_id")), "Only those of these retailers."),
)

VIRTUAL_INVENTORY = (
    Argument(
        "virtualCatalogue",
        "VirtualCatalogueKey!",
        key_condition("VirtualCatalogueKey", "VirtualCatalogue"),
        "The BASE catalogue to search.",
    ),
    Argument(
        "virtualPosition",
        "VirtualPositionInput",
        Member("status", Same(_column("VirtualPosition", "status"))),
        "Only positions of this status; without it, all but INACTIVE ones.",
    ),
    Argument("productQuantities", "[ProductQuantityInput!]!", Wanted(), "The products that are wanted."),
    Argument("excludedLocationRefs", "[String!]", Without(), "Locations to leave out."),
    Argument("orderByProximity", "GeoCoordinateInput", Distance(), "Nearest to this point first."),
)
