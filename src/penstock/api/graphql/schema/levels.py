"""Arguments and types of ``virtualViewInventoryLevels`` (spec 21 §8.3).

The result is a page like any other; beside ``edges`` it lists its members plainly, under the name of the query.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.api.graphql.conditions import Condition, Read
from penstock.api.graphql.filters import Argument
from penstock.api.graphql.operations import input_type, output_type
from penstock.api.graphql.schema.searches import Distance
from penstock.errors import InvalidValueError, NegativeValueError, TooComplexError

if TYPE_CHECKING:
    from penstock.api.graphql.conditions import Bind, Form

MOST_PRODUCTS = 100
MOST_PLACES = 1000
CONNECTION = "VirtualViewInventoryLevelConnection"
EDGE = "VirtualViewInventoryLevelEdge"
NODE = "VirtualViewInventoryLevel"
LEVEL = "VirtualViewProductInventoryLevel"

input_type(
    "VirtualViewInventoryLevelsInput",
    {
        "virtualViewRef": "String!",
        "productQuantities": "[ProductQuantityInput!]!",
        "includedLocationRefs": "[String!]",
        "orderByProximity": "GeoCoordinateInput",
    },
    "What must be there, and where it is looked for.",
    {
        "virtualViewRef": "Ref of the virtual view.",
        "productQuantities": f"What a location must have, all of it; {MOST_PRODUCTS} products at most.",
        "includedLocationRefs": f"Only these locations, {MOST_PLACES} at most; without any, all of the view's network.",
        "orderByProximity": "Nearest to this point first.",
    },
)
output_type(
    LEVEL,
    {"productRef": "String", "onHand": "Int", "available": "Int", "buffer": "Int"},
    "How much of a product is at a location.",
    {
        "productRef": "Ref of the product.",
        "onHand": "What is there and not promised.",
        "available": "How much of it can be sold.",
        "buffer": "How much of it is held back, because its position is not in a status to be sold from.",
    },
)
output_type(
    NODE,
    {"locationRef": "String", "productInventoryLevels": f"[{LEVEL}]"},
    "A location that has all that is wanted.",
    {
        "locationRef": "Ref of the location.",
        "productInventoryLevels": "Each product wanted, in the order of the input.",
    },
)
output_type(
    EDGE,
    {"node": NODE, "cursor": "String"},
    "A location with its levels, and its place in the list.",
    {"node": "The location with its levels.", "cursor": "Its place in the list, for after."},
)
output_type(
    CONNECTION,
    {"virtualViewInventoryLevels": f"[{NODE}]", "edges": f"[{EDGE}]", "pageInfo": "PageInfo"},
    "A page of locations that have all that is wanted.",
    {
        "virtualViewInventoryLevels": "The locations of this page.",
        "edges": "The same, each with its cursor.",
        "pageInfo": "Whether there are more.",
    },
)


@dataclass(frozen=True, slots=True)
class Levels(Condition):
    """The input as one row ``{t}`` with a column for each of its values; the form names those that are optional."""

    def read(self, value: Any) -> Read:
        """Read the input.

        Raises:
            TooComplexError: there are too many products or locations.
            InvalidValueError: there is no product, or none is wanted of one; ``NegativeValueError``: less than none.
        """
        wanted, places = _wanted(value["productQuantities"]), value.get("includedLocationRefs")
        binds: list[Any] = [value["virtualViewRef"], list(wanted), list(wanted.values())]
        form: list[str] = []
        if places:
            _check("includedLocationRefs", len(places), MOST_PLACES, "locations")
            form.append("places")
            binds.append(places)
        if (point := value.get("orderByProximity")) is not None:
            form += ["latitude", "longitude"]
            binds += [point["latitude"], point["longitude"]]
        return tuple(form), binds

    def sql(self, alias: str, form: Form, bind: Bind) -> str:
        """Write the row."""
        assert isinstance(form, tuple)
        types = {"view": "text", "products": "text[]", "quantities": "bigint[]"}
        types |= {name: "text[]" if name == "places" else "float8" for name in form}
        return f"(SELECT {', '.join(f'{bind()}::{type_} AS {name}' for name, type_ in types.items())}) {alias}"


def near(address: str, given: str) -> str:
    """Return SQL that grows with the distance from an address to the point of the row of :class:`Levels`."""
    return Distance().sql(address, "near", iter((f"{given}.latitude", f"{given}.longitude")).__next__)


def _wanted(quantities: list[dict[str, Any]]) -> Counter[str]:
    """Return how many are wanted of each product; one that is named twice is wanted as often as both say."""
    wanted: Counter[str] = Counter()
    for index, each in enumerate(quantities):
        if each["quantity"] < 1:
            said = f"input.productQuantities[{index}].quantity is {each['quantity']}, it must be 1 or more"
            raise NegativeValueError(said) if each["quantity"] < 0 else InvalidValueError(said)
        wanted[each["productRef"]] += each["quantity"]
    if not wanted:
        raise InvalidValueError("input.productQuantities is empty: name a product")
    _check("productQuantities", len(wanted), MOST_PRODUCTS, "products")
    return wanted


def _check(name: str, given: int, most: int, what: str) -> None:
    if given > most:
        raise TooComplexError(f"input.{name} names {given} {what}, allowed are {most}: ask for them in parts")


LEVELS = (Argument("input", "VirtualViewInventoryLevelsInput!", Levels(), "What is wanted."),)
