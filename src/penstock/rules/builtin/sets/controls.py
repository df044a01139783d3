"""What controls say about many virtual positions (spec 21 §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import InvalidValueError
from penstock.inventory import controls as domain
from penstock.inventory.selling import ALL
from penstock.rules import RuleError
from penstock.rules.builtin.inventory.controls import Found
from penstock.rules.questions import Setting
from penstock.rules.sets import CategoriesOfAll, LeaveError, RowsByRef, RowsWhere

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from penstock.inventory.selling import Terms
    from penstock.rules.sets import Members


class Controls:
    """The controls of a catalogue's group that matter for some products; without a group, none does."""

    def __init__(self, members: Members, found: Mapping[str, Found] | None) -> None:
        self._members = members
        self._found = found

    @property
    def none(self) -> bool:
        """Return whether no control can take effect."""
        return self._found is None

    def over(self, product: str) -> Found:
        """Return those that matter for a product."""
        return Found("", domain.Subject(product), (), domain.ADD) if self._found is None else self._found[product]

    def terms(self, number: int, product: str, location: str) -> Terms:
        """Return what the winning control comes down to; a member whose control cannot be used leaves the set."""
        if self._found is None:
            return ALL
        try:
            return self._found[product].terms(location)
        except RuleError as error:
            raise LeaveError([number], error.message) from error


async def controls_over(members: Members, places: Mapping[str, Sequence[str]]) -> Controls:
    """Return the controls that matter for products, each at its locations."""
    ref = members.root.control_group_ref
    group = None if ref is None else (await members.ask(RowsByRef("ControlGroup", [ref]))).get(ref)
    if group is None or group.status != "ACTIVE":
        return Controls(members, None)
    given = await members.ask(Setting(domain.MODE))
    try:
        mode = domain.mode_of(given)
    except InvalidValueError as error:
        raise LeaveError(members.numbers, error.message) from error
    categories = await members.ask(CategoriesOfAll(sorted(places), members.root.product_catalogue_ref))
    subjects = {product: domain.Subject(product, tuple(categories[product])) for product in places}
    refs = {product: domain.refs(ref, subjects[product], own) for product, own in places.items()}
    wanted = sorted({one for own in refs.values() for one in own})
    rows = await members.ask(RowsWhere("Control", (("control_group_id", [group.id]), ("ref", wanted))))
    by_ref = {row.ref: row for row in rows}
    found = {
        product: Found(ref, subjects[product], [by_ref[one] for one in own if one in by_ref], mode)
        for product, own in refs.items()
    }
    return Controls(members, found)
