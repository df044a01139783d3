"""What an input field does follows from the declarations."""

from __future__ import annotations

import pytest

from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.values import check_of
from penstock.errors import InvalidValueError, NegativeValueError, TooLongError
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Column, Embedded


def test_an_update_is_keyed_by_id_or_else_by_what_it_requires() -> None:
    assert plan_of("Order", "update").key == ("id",)
    assert plan_of("Setting", "update").key == ("id",)
    assert plan_of("Category", "update").key == ("ref", "catalogue")
    assert plan_of("Customer", "update").key == ("username",)


def test_fields_are_sorted_by_what_they_do() -> None:
    location = plan_of("Location", "create")
    assert [link.wire for link in location.links] == ["retailer"]
    assert [nested.target for nested in location.nested] == ["StoreAddress", "OpeningSchedule"]
    assert [children.wire for children in location.children] == ["storageAreas"]
    assert [join.through.table for join in location.joins] == ["network_location"]
    category = plan_of("Category", "create")
    assert [(a.wire, a.column) for a in category.adopted] == [("childCategories", "parent_category_id")]


def test_the_parts_of_a_key_make_one_link() -> None:
    product = next(link for link in plan_of("OrderItem", "create", "Order").links if link.target == "Product")
    assert product.parts == (("productRef", ("ref",)), ("productCatalogueRef", ("catalogue", "ref")))


def test_permissions_name_only_what_is_written_and_has_a_mutation() -> None:
    plan = plan_of("Order", "create")
    assert plan.needs({"items": []}) == {"ORDER_CREATE"}
    given = {"items": [{}], "fulfilmentChoice": {"deliveryAddress": {}}, "billingAddress": {}}
    assert plan.needs(given) == {
        "ORDER_CREATE",
        "ORDERITEM_CREATE",
        "FULFILMENTCHOICE_CREATE",
        "CUSTOMERADDRESS_CREATE",
    }
    assert plan.needs(None) == {"ORDER_CREATE"}
    assert plan_of("Order", "update").needs({"items": [{"id": "1"}]}) == {"ORDER_UPDATE"}


def test_no_input_no_plan() -> None:
    with pytest.raises(KeyError, match="WaveItem has no create input"):
        plan_of("WaveItem", "create")


def _column(entity: str, name: str) -> Column | Embedded:
    field = MODEL.entity(entity).field(name)
    assert isinstance(field, Column | Embedded)
    return field


def test_values_that_do_not_fit_are_named() -> None:
    order, item = MODEL.entity("Order"), MODEL.entity("OrderItem")
    ref = check_of(order, _column("Order", "ref"), "ref")
    quantity = check_of(item, _column("OrderItem", "quantity"), "quantity")
    assert ref is not None
    assert quantity is not None
    assert ref("x" * 255) == "x" * 255
    with pytest.raises(TooLongError, match=r"Order\.ref .* is 256 characters long; at most 255"):
        ref("x" * 256)
    with pytest.raises(InvalidValueError, match="NUL"):
        ref("a\0b")
    with pytest.raises(NegativeValueError, match=r"OrderItem\.quantity is 0; the least value is 1"):
        quantity(0)


def test_of_attributes_with_one_name_the_last_counts() -> None:
    check = check_of(MODEL.entity("Order"), _column("Order", "attributes"), "attributes")
    assert check is not None
    first, last = ({"name": "a", "type": "STRING", "value": v} for v in (1, 2))
    assert check([first, None, last]) == [last]
    with pytest.raises(TooLongError, match=r"Order\.attributes\.name"):
        check([{"name": "n" * 300, "type": "STRING", "value": 1}])
