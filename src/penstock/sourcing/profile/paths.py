"""The reference condition: a path into the sourcing context, an operator and a value (spec 22 §9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.sourcing.profile.conditions import SourcingContext, condition
from penstock.sourcing.profile.described import Param
from penstock.sourcing.profile.operators import MISSING, OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from penstock.sourcing.profile.params import Params

PATH = "fc.sourcing.condition.path"
_SCOPES: dict[str, Callable[[Iterable[bool]], bool]] = {
    "ALL": all,
    "ANY": any,
    "NONE": lambda results: not any(results),
}
SCOPE = Param("conditionScope", "select", mandatory=False, options=tuple(_SCOPES))


def values_at(data: Any, path: list[str]) -> list[Any]:
    """Return the values at the end of a path, lists on the way made flat; ``MISSING`` where one is not there.

    Names with dots in them, as attributes may have, are found as well, also beside the names that they begin with.
    Null is like missing.
    """
    if isinstance(data, list):
        return [value for element in data for value in values_at(element, path)]
    if not path:
        return [MISSING if data is None else data]
    if not isinstance(data, dict):
        return [MISSING]
    named = ((".".join(path[:length]), path[length:]) for length in range(1, len(path) + 1))
    found = [values_at(data[name], rest) for name, rest in named if name in data]
    return next((values for values in found if not nowhere(values)), found[0] if found else [MISSING])


def nowhere(values: list[Any]) -> bool:
    """Return whether a path led nowhere: an empty list is something."""
    return bool(values) and all(value is MISSING for value in values)


@dataclass(frozen=True, slots=True)
class PathTest:
    """A condition as it was read: ``absent`` says that it is about values that are not there."""

    owner: str
    path: str
    test: Callable[[Any], bool]
    scope: Callable[[Iterable[bool]], bool]
    absent: bool


def _read(params: Params) -> PathTest:
    path = params.get("path")
    if not isinstance(path, str) or not path:
        raise params.wrong("path", "a dotted path such as customer.ref")
    read = params.one_of("operator", OPERATORS, "")
    absent = params.get("operator") == "not_exists"
    return PathTest(params.owner, path, read(params), params.one_of("conditionScope", _SCOPES, "ALL"), absent)


@condition(
    PATH,
    label="A value of the order, its customer, delivery or products",
    tags=("Order", "Customer", "Delivery", "Product"),
    params=(
        Param("path", "text"),
        Param("operator", "select", options=tuple(OPERATORS)),
        Param("value", "json", mandatory=False),
        SCOPE,
    ),
    read=_read,
)
def path_condition(context: SourcingContext, given: PathTest) -> bool:
    """Return whether the values at the path pass: all of them, any or none, as the scope says.

    A path that leads nowhere never passes, and is worth a warning, unless the operator is ``not_exists``. One
    value that is missing among others fails its own test only. An empty list passes ALL and NONE.
    """
    values = values_at(context.data, given.path.split("."))
    if nowhere(values) and not given.absent:
        context.warn(f"{given.owner}: there is nothing at the path {given.path}")
        return False
    return given.scope([given.absent if value is MISSING else given.test(value) for value in values])
