"""Keys of any shape become one select."""

from __future__ import annotations

from penstock.api.graphql.mutations.generic.lookups import UP, WORKFLOWS, bound, flattened, key_lookup, statement
from penstock.api.graphql.mutations.generic.owners import owners, retailer_sql
from penstock.model.vocabulary import One


def test_a_key_is_flattened_and_null_asks_nothing() -> None:
    key = {"ref": "P1", "id": None, "catalogue": {"ref": "PC"}}
    assert list(flattened(key)) == [(("ref",), "P1"), (("catalogue", "ref"), "PC")]


def test_each_shape_is_one_object_and_one_part_of_the_select() -> None:
    product = key_lookup("Product", (("catalogue", "ref"), ("ref",)), None, limited=False)
    assert product is key_lookup("Product", (("catalogue", "ref"), ("ref",)), None, limited=False)
    retailer = key_lookup("Retailer", (("id",),), None, limited=False)
    sql = statement(((retailer, True), (product, False)), small_ids=True, limited=False)
    assert "$1::bigint AS k0" in sql
    assert "unnest($2::text[], $3::text[])" in sql
    assert "JOIN product_catalogue t_catalogue ON t_catalogue.id = t.catalogue_id AND t_catalogue.ref = i.k0" in sql
    assert sql.endswith(f"generate_series(1, $4::int) AS n UNION ALL {WORKFLOWS}")


def test_a_variant_of_a_shared_table_is_told_by_its_kind() -> None:
    sql = key_lookup("VariantProduct", (("ref",),), None, limited=False).sql(0, "keys")
    assert "t.kind = 'VARIANT'" in sql


def test_a_row_may_have_to_belong_to_another_one() -> None:
    up = One(name=UP, target="Location", match=(("primary_address_id", "id"),))
    lookup = key_lookup("StoreAddress", ((UP, "id"), ("id",)), up, limited=False)
    assert "JOIN location t_up ON t_up.primary_address_id = t.id AND t_up.id = i.k0" in lookup.sql(0, "keys")


def test_store_users_find_what_lies_at_their_locations() -> None:
    wave = key_lookup("Wave", (("id",),), None, limited=True)
    sql = statement(((wave, True),), small_ids=False, limited=True)
    assert "t.retailer_id <> ALL($1) OR t.location_id = ANY($2)" in sql
    assert "$3::bigint AS k0" in sql


def test_values_that_no_row_can_have_are_not_bound() -> None:
    lookup = key_lookup("Order", (("id",), ("ref",)), None, limited=False)
    assert bound(lookup, ["7", "HD-1"]) == (7, "HD-1")
    assert bound(lookup, ["seven", "HD-1"]) is None
    assert bound(lookup, ["7", "HD\0"]) is None


def test_rows_without_a_retailer_have_their_owners() -> None:
    assert retailer_sql("Order") == "t.retailer_id"
    assert retailer_sql("Retailer") == "t.id"
    assert retailer_sql("CustomerAddress") == "r.retailer_id"
    assert owners()["StoreAddress"][0].name == "Location"
    assert "o.primary_address_id = t.id" in retailer_sql("StoreAddress")
    assert "location o WHERE o.id = t.location_id" in retailer_sql("StorageArea")
    assert retailer_sql("Role") == "NULL::bigint"
