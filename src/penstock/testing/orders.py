"""Orders in memory, for tests of rules: one for home delivery, and a mixed basket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.testing.context import FakeContext
from penstock.testing.trees import Tree, row

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = Any

LOCATIONS = [
    {"id": "11", "ref": "A", "type": "STORE", "status": "ACTIVE", "distance": 5_000.0, "addressId": "101"},
    {"id": "12", "ref": "B", "type": "STORE", "status": "ACTIVE", "distance": 10_000.0, "addressId": "102"},
    {"id": "13", "ref": "C", "type": "WAREHOUSE", "status": "ACTIVE", "distance": 50_000.0, "addressId": "103"},
]
STORE_A = row("Location", id=11, ref="A", type="STORE", status="ACTIVE", primary_address_id=101, retailer_id=1)
REJECTED = row("Location", id=19, ref="RJT_1", type="STORE", status="ACTIVE", primary_address_id=109)
POSITION = row(
    "InventoryPosition",
    id=500,
    ref="a:A:DEFAULT",
    product_ref="a",
    location_ref="A",
    catalogue_id=50,
    on_hand=7,
    status="ACTIVE",
)
INVENTORY = row("InventoryCatalogue", id=50, ref="DEFAULT:1", type="DEFAULT", status="ACTIVE")


def positions(*stock: tuple[str, str, int]) -> list[dict[str, Any]]:
    """Return the attribute ``virtualPositions`` for (location, product, units); position ids count from 500."""
    return [
        {
            "ref": f"{product}:{place}",
            "productRef": product,
            "groupRef": place,
            "quantity": units,
            "status": "ACTIVE",
            "positionId": str(id_),
        }
        for id_, (place, product, units) in enumerate(stock, 500)
    ]


class HomeDelivery:
    """An order for these products; fulfilments and articles are added by a test."""

    def __init__(self, *lines: tuple[str, int]) -> None:
        self.order = row("Order", id=1, ref="O1", type="HD", status="BOOKED", retailer_id=1, customer_id=7)
        self.choice = row("FulfilmentChoice", id=2, ref="FC", order_id=1, type="HD", delivery_type="EXPRESS")
        self.choice.delivery_address_id = 3
        self.address = row("CustomerAddress", id=3, order_id=1, kind="CUSTOMER", country="UK", city="York")
        items = [
            row("OrderItem", id=n, order_id=1, product_ref=p, product_id=n * 100, quantity=q)
            for n, (p, q) in enumerate(lines, 10)
        ]
        self.tree = Tree(
            joins={"article_fulfilment": []},
            Order=[self.order],
            FulfilmentChoice=[self.choice],
            CustomerAddress=[self.address],
            OrderItem=items,
            Fulfilment=[],
            FulfilmentItem=[],
            Article=[],
            ArticleItem=[],
            Consignment=[],
            ConsignmentArticle=[],
        )

    def fulfilment(self, status: str, *items: tuple[int, int, int, int], address: int = 101) -> Row:
        """Add a fulfilment with items (order item, requested, filled, rejected); ids count from 20 and 30."""
        known = self.tree.rows["Fulfilment"]
        id_ = 20 + len(known)
        added = row("Fulfilment", id=id_, ref=f"O1-{len(known) + 1}", type="HD_PFS", status=status, order_id=1)
        added.from_address_id = address
        known.append(added)
        for order_item, requested, filled, rejected in items:
            all_items = self.tree.rows["FulfilmentItem"]
            all_items.append(
                row(
                    "FulfilmentItem",
                    id=30 + len(all_items),
                    fulfilment_id=id_,
                    order_item_id=order_item,
                    requested_quantity=requested,
                    filled_quantity=filled,
                    rejected_quantity=rejected,
                )
            )
        return added

    def article(self, status: str, fulfilment: Row, *items: tuple[int, int], **values: Any) -> Row:
        """Add an article with items (order item, units); ids count from 40."""
        known = self.tree.rows["Article"]
        id_ = 40 + len(known)
        added = row("Article", id=id_, ref=f"{fulfilment.ref}-{len(known) + 1}", status=status, order_id=1, **values)
        known.append(added)
        self.tree.joins["article_fulfilment"].append({"article_id": id_, "fulfilment_id": fulfilment.id})
        for order_item, units in items:
            all_items = self.tree.rows["ArticleItem"]
            all_items.append(
                row("ArticleItem", id=60 + len(all_items), article_id=id_, order_item_id=order_item, quantity=units)
            )
        return added

    def context(
        self,
        entity: Row | None = None,
        attributes: dict[str, Any] | None = None,
        answers: dict[Any, Any] | None = None,
        *,
        name: str = "Order",
    ) -> FakeContext:
        """Return the context of an event to the order, or to another entity of it."""
        return FakeContext(
            name,
            self.order if entity is None else entity,
            root=self.order,
            tree=self.tree,
            attributes=attributes,
            answers=answers,
        )


class MixedBasket(HomeDelivery):
    """An order of type MULTI: lines that go to the home of the customer, and lines that are collected at store A.

    Its choices are ``choice`` (type HD, ref FC) and ``collection`` (type CC, ref CC).
    """

    def __init__(self, home: Sequence[tuple[str, int]], collected: Sequence[tuple[str, int]]) -> None:
        super().__init__(*home, *collected)
        self.order.type, self.choice.status = "MULTI", "BOOKED"
        about = {"order_id": 1, "type": "CC", "delivery_type": "STANDARD", "status": "BOOKED"}
        self.collection = row("FulfilmentChoice", id=4, ref="CC", pickup_location_ref="A", **about)
        self.tree.rows["FulfilmentChoice"].append(self.collection)
        for number, item in enumerate(self.tree.rows["OrderItem"]):
            item.fulfilment_choice_id = (self.choice if number < len(home) else self.collection).id

    def serves(self, choice: Row, fulfilment: Row) -> Row:
        """Let a fulfilment serve a choice; return it."""
        fulfilment.fulfilment_choice_ref = choice.ref
        return fulfilment

    def of(
        self, choice: Row, attributes: dict[str, Any] | None = None, answers: dict[Any, Any] | None = None
    ) -> FakeContext:
        """Return the context of an event to a choice, which it names."""
        named = {"fulfilmentChoiceRef": choice.ref, **(attributes or {})}
        return self.context(choice, named, answers, name="FulfilmentChoice")
