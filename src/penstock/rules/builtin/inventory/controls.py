"""What controls say about virtual positions, asked for by rules (spec 21 §4)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidValueError
from penstock.inventory import controls as domain
from penstock.rules import Context, RuleError
from penstock.rules.builtin.common import ask_all
from penstock.rules.questions import ByRef, CategoriesOf, Matching, Setting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from penstock.inventory.selling import Terms

Row = Any

ASKS = (ByRef, CategoriesOf, Matching, Setting)
UNUSABLE = {422: "a control, or the setting of the buffers' mode, has a value that cannot be used"}


@contextmanager
def usable() -> Iterator[None]:
    """Turn what is wrong with a control into a ``RuleError`` 422."""
    try:
        yield
    except InvalidValueError as error:
        raise RuleError(error.message, 422) from error


class Found:
    """The controls that matter for a product in a virtual catalogue."""

    def __init__(self, group: str, product: domain.Subject, rows: Sequence[Row], mode: str) -> None:
        self._group, self._product = group, product
        self._controls, self._mode = domain.by_ref(rows), mode

    def terms(self, location: str | None) -> Terms:
        """Return what the winning control at a location comes down to; ``RuleError`` 422 for an unusable one."""
        with usable():
            return domain.terms(self._group, self._controls, self._product.at(location), self._mode)

    @property
    def excluded(self) -> bool:
        """Return whether the product is not for sale anywhere."""
        return domain.excluded(self._group, self._controls, self._product)

    @property
    def master_buffer(self) -> int:
        """Return what is added to the product's total; ``RuleError`` 422 for an unusable control."""
        with usable():
            return domain.master_buffer(self._group, self._controls, self._product.product)


async def controls_over(context: Context, catalogue: Row, product: str, locations: Iterable[str]) -> Found:
    """Return the controls of the catalogue's group that matter for a product at these locations.

    Without a group, or where it is not ACTIVE, no control takes effect; ``RuleError`` 422 for an unknown mode.
    """
    group_ref = catalogue.control_group_ref
    group = None if group_ref is None else await context.ask(ByRef("ControlGroup", group_ref))
    if group is None or group.status != "ACTIVE":
        return Found("", domain.Subject(product), (), domain.ADD)
    asked = CategoriesOf(product, catalogue.product_catalogue_ref), Setting(domain.MODE)
    categories, given = await ask_all(context, *asked)
    with usable():
        mode = domain.mode_of(given)
    subject = domain.Subject(product, tuple(categories))
    refs = tuple(domain.refs(group_ref, subject, locations))
    rows = await context.ask(Matching("Control", (("control_group_id", (group.id,)), ("ref", refs))))
    return Found(group_ref, subject, rows, mode)
