"""What no strategy of a profile can send: order.CreateRejectedFulfilment, and its errors (spec 22 §5.4, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.rules import Create, RuleError
from penstock.rules.questions import ByRef
from penstock.testing import row, run
from penstock.testing.orders import REJECTED, HomeDelivery

NAME = "order.CreateRejectedFulfilment"
WHERE = ByRef("Location", "RJT_1", within=1)


def rejected(order: HomeDelivery, location: Any = REJECTED, *, name: str = "Order", **props: Any) -> list[Any]:
    entity = order.order if name == "Order" else order.choice
    context = order.context(entity, answers={WHERE: location}, name=name)
    return [a.row for a in run(NAME, context, systemRejectedLocationRef="RJT_1", **props) if isinstance(a, Create)]


@pytest.mark.parametrize("name", ["Order", "FulfilmentChoice"])
def test_everything_unfulfilled_goes_into_one_fulfilment(name: str) -> None:
    order = HomeDelivery(("a", 2), ("b", 1), ("c", 1))
    for item in order.tree.rows["OrderItem"]:
        item.fulfilment_choice_id = order.choice.id
    order.fulfilment("ASSIGNED", (10, 1, 0, 0), (11, 1, 0, 0)).fulfilment_choice_ref = "FC"
    fulfilment, *items = rejected(order, name=name)
    assert (fulfilment.ref, fulfilment.type, fulfilment.from_address_id) == ("O1-2", "HD_PFS", 109)
    assert [(i.order_item_id, i.requested_quantity) for i in items] == [(10, 1), (12, 1)]


def test_nothing_unfulfilled_is_nothing_to_do() -> None:
    order = HomeDelivery(("a", 1))
    order.fulfilment("ESCALATED", (10, 1, 0, 0))
    assert rejected(order) == []


def test_the_type_may_be_given() -> None:
    kiosk = row("Location", id=19, ref="RJT_1", type="KIOSK", primary_address_id=109)
    assert rejected(HomeDelivery(("a", 1)), kiosk, fulfilmentType="REST")[0].type == "REST"


def test_errors() -> None:
    kiosk, order = row("Location", id=19, ref="RJT_1", type="KIOSK", primary_address_id=109), HomeDelivery(("a", 1))
    with pytest.raises(RuleError, match="there is no location RJT_1") as missing:
        rejected(order, None)
    with pytest.raises(RuleError, match="RJT_1 has type KIOSK") as unfit:
        rejected(order, kiosk)
    order.tree.rows["FulfilmentChoice"].append(row("FulfilmentChoice", id=4, ref="MORE", order_id=1, type="HD"))
    with pytest.raises(RuleError, match="order O1 has 2 fulfilment choices") as several:
        rejected(order)
    with pytest.raises(RuleError, match="systemRejectedLocationRef") as without:
        run(NAME, order.context())
    assert [e.value.code for e in (missing, unfit, several, without)] == [404, 400, 422, 400]
