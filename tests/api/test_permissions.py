"""What a user without a permission, of another retailer or of one store may see and do (spec 10 §5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)
from house import EVENT

from penstock.api.graphql.schema import schema
from penstock.identity.permissions import PERMISSIONS
from penstock.model.registry import MODEL
from penstock.model.vocabulary import Many, One

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.tools.furniture import Browser
    from graphql import GraphQLField, GraphQLInputType
    from house import House

pytest_plugins = ["opened_house"]

MISSING = "C0020E - User does not have permission: "
# Entities of the whole account: people, what they may do, and money.
OF_ACCOUNT = {"permissions", "roles", "users", "currencies"}
# Of these the retailers here have none; they are seen as others of their catalogues and orders are.
NOT_FURNISHED = {"variantProducts", "groupProducts", "articleItems", "carrierDetailses", "carrierAttributes"}
OF_A_STORE = ("fulfilment", "article", "wave", "order")
SAMPLES = {"Int": 1, "Float": 1, "Boolean": True, "DateTime": "2024-05-06T01:05:45.120Z", "Json": {}}


# Root fields that lead to no entity, and what they read.
READ_BY = {
    "InventoryPositionAggregateOutput": ("InventoryPosition",),
    "InventoryQuantityAggregateOutput": ("InventoryQuantity",),
    "VirtualInventory": ("Location", "VirtualPosition"),
    "VirtualViewInventoryLevel": ("InventoryPosition", "Location", "VirtualView"),
}


def view(target: str) -> set[str]:
    if target in READ_BY:
        return {p for read in READ_BY[target] for p in view(read)}
    return {f"{e.permission_name}_VIEW" for e in MODEL.variants(target)}


def sample(type_: GraphQLInputType, depth: int) -> Any:
    """Return a value of a type, with optional fields of objects as long as ``depth`` is positive."""
    match type_:
        case GraphQLNonNull():
            return sample(type_.of_type, depth)
        case GraphQLList():
            return [sample(type_.of_type, depth)]
        case GraphQLInputObjectType():
            fields = {n: f.type for n, f in type_.fields.items() if depth > 0 or isinstance(f.type, GraphQLNonNull)}
            return {name: sample(t, depth - 1) for name, t in fields.items()}
        case GraphQLEnumType():
            return next(iter(type_.values))
    return SAMPLES.get(str(type_), "1")


def called(field: GraphQLField, name: str, depth: int = 0) -> tuple[str, str, dict[str, Any]]:
    """Return the variables that a field declares, the field with its arguments, and the variables' values."""
    arguments = {n: a.type for n, a in field.args.items() if n == "input" or isinstance(a.type, GraphQLNonNull)}
    if not arguments and "first" not in field.args and field.args:
        arguments = dict([next((n, a.type) for n, a in field.args.items())])
    declared = f"({', '.join(f'${n}: {t}' for n, t in arguments.items())})" if arguments else ""
    given = f"({', '.join(f'{n}: ${n}' for n in arguments)})" if arguments else ""
    return declared, f"{name}{given}", {n: sample(t, depth) for n, t in arguments.items()}


def selected(field: GraphQLField, inner: str = "__typename") -> str:
    """Return the selection on a field's type; a connection's is on its nodes."""
    type_ = get_named_type(field.type)
    return f"{{ edges {{ node {{ {inner} }} }} }}" if type_.name.endswith("Connection") else f"{{ {inner} }}"


def target_of(field: GraphQLField) -> str:
    return get_named_type(field.type).name.removesuffix("Connection")


def nested(entity: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each link and list of an entity that needs a permission, and which."""
    for field in MODEL.entity(entity).fields:
        if not getattr(field, "hidden", False) and (
            isinstance(field, Many) or (isinstance(field, One) and field.output is None)
        ):
            yield field.name, view(field.target)


def written(type_: GraphQLInputType, value: Any) -> Iterator[str]:
    """Yield the permissions that the names of nested inputs speak of."""
    named = get_named_type(type_)
    if not isinstance(named, GraphQLInputObjectType):
        return
    if match := re.fullmatch(r"(Create|Update)(\w+?)(With\w+)?Input", named.name):
        yield f"{match[2].upper()}_{match[1].upper()}"
    for one in value if isinstance(value, list) else [value]:
        for name, inner in one.items():
            yield from written(named.fields[name].type, inner)


def singular(plural: str) -> str:
    return re.sub("s$", "", re.sub("ies$", "y", plural)).upper()


def of_mutation(name: str, field: GraphQLField, given: dict[str, Any]) -> set[str]:
    """Return the permissions that a mutation needs, as its name and its inputs' names say."""
    if match := re.fullmatch(r"remove(\w+)From(\w+)", name):
        return {f"{singular(match[1])}{match[2].upper()}_REMOVE"}
    if match := re.fullmatch(r"update(\w+)Status(By\w+)?", name):
        return {f"{singular(match[1])}_UPDATE"}
    found = {p for n, value in given.items() for p in written(field.args[n].type, value)}
    special = {
        "updateLocationPrimaryAddress": {"LOCATION_UPDATE"},
        "activateSourcingProfile": {"SOURCINGPROFILE_UPDATE"},
        "updateProduct": {f"{e.permission_name}_UPDATE" for e in MODEL.variants("Product")},
    }
    if name == "createOrderAndCustomer":
        found |= {"ORDER_CREATE"}
    return special.get(name) or {p for p in found if p in PERMISSIONS}


async def refused(browser: Browser, document: str, variables: dict[str, Any]) -> set[str]:
    """Run what is refused as a whole; return the permissions that the message names."""
    answer = await browser.answer(document, variables)
    assert answer["data"] is None, (document, answer)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "C0020E", (document, error)
    assert error["message"].startswith(MISSING)
    names = error["message"].removeprefix(MISSING).split(", ")
    assert names == sorted(set(names))
    return set(names)


@pytest.fixture(scope="module")
async def nobody(house: House) -> Browser:
    """Return a user with a role that permits nothing."""
    await house.role("NOTHING", [])
    return await house.user("nobody", "NOTHING", ("ACCOUNT", "0"))


@pytest.fixture(scope="module")
async def clerk(house: House) -> Browser:
    """Return a user who may see orders only, and change them."""
    await house.role("CLERK", ["ORDER_VIEW", "ORDER_UPDATE"])
    return await house.user("clerk", "CLERK", ("ACCOUNT", "0"))


async def test_every_root_query_and_what_is_nested_below(nobody: Browser) -> None:
    queries = schema().query_type
    assert queries is not None
    for name, field in queries.fields.items():
        declared, call, variables = called(field, name)
        target = target_of(field)
        own = set() if name == "me" else view(target)
        if own:
            assert await refused(nobody, f"query {declared} {{ {call} {selected(field)} }}", variables) == own, name
        if target not in MODEL.by_name:
            continue
        type_ = schema().get_type(target)
        assert isinstance(type_, GraphQLObjectType)
        for member, needs in nested(target):
            if name == "me" and member == "roles":
                continue
            inner = f"{member} {selected(type_.fields[member])}"
            document = f"query {declared} {{ {call} {selected(field, inner)} }}"
            assert await refused(nobody, document, variables) == own | needs, (name, member)


@pytest.mark.parametrize("depth", [0, 2])
async def test_every_mutation(house: House, nobody: Browser, depth: int) -> None:
    mutations, before = schema().mutation_type, await house.written()
    assert mutations is not None
    for name, field in mutations.fields.items():
        declared, call, variables = called(field, name, depth)
        target = target_of(field)
        shown = view(target) if MODEL.stored(target) else set()
        document = f"mutation {declared} {{ {call} {{ __typename }} }}"
        needs = of_mutation(name, field, variables)
        assert needs, name
        assert await refused(nobody, document, variables) == shown | needs, name
    assert await house.written() == before


async def test_only_what_is_missing_is_named(house: House, clerk: Browser) -> None:
    before, id_ = await house.written(), house.first["north order"]
    assert (await clerk.run("query ($id: ID!) { orderById(id: $id) { id } }", {"id": id_}))["id"] == id_
    inner = "id customer { id } items { edges { node { id } } }"
    missing = {"CUSTOMER_VIEW", "ORDERITEM_VIEW"}
    assert await refused(clerk, f"query ($id: ID!) {{ orderById(id: $id) {{ {inner} }} }}", {"id": id_}) == missing
    update = f"mutation ($i: UpdateOrderInput) {{ updateOrder(input: $i) {{ {inner} }} }}"
    assert await refused(clerk, update, {"i": {"id": id_, "status": "X"}}) == missing
    two = """mutation ($i: UpdateOrderInput, $s: CreateSettingInput) {
      updateOrder(input: $i) { id } createSetting(input: $s) { id } }"""
    setting = {"name": "X", "valueType": "STRING", "context": "ACCOUNT", "contextId": 0}
    given = {"i": {"id": id_, "status": "X"}, "s": setting}
    assert await refused(clerk, two, given) == {"SETTING_CREATE", "SETTING_VIEW"}
    assert await house.written() == before


async def test_everybody_is_somebody(house: House, nobody: Browser) -> None:
    document = "{ me { username roles { role { name permissions { name } } contexts { contextType contextId } } } }"
    role = {"role": {"name": "NOTHING", "permissions": []}, "contexts": [{"contextType": "ACCOUNT", "contextId": "0"}]}
    assert await nobody.run(document) == {"username": "nobody", "roles": [role]}
    assert (await house.users["keeper"].run(document))["username"] == "keeper"


async def test_events_need_their_permissions(house: House, nobody: Browser) -> None:
    before = await house.written()
    event = {"name": "X", "retailerId": "1", "entityType": "ORDER", "entityId": house.first["north order"]}
    for path in ("async", "sync"):
        status, answer = await nobody.post(f"{EVENT}/{path}", event)
        assert (status, answer["message"]) == (403, "User does not have permission: EVENT_CREATE")
    for path in (EVENT, f"{EVENT}/00000000-0000-7000-8000-000000000000"):
        status, answer = await nobody.send("GET", path)
        assert (status, answer["message"]) == (403, "User does not have permission: EVENT_VIEW")
    assert await house.written() == before


async def test_a_retailer_sees_nothing_of_another(house: House) -> None:
    first, second = await house.listed(house.users["first"]), await house.listed(house.users["second"])
    for root, theirs in house.of_second.items():
        if root in OF_ACCOUNT:
            continue
        assert not first[root] & theirs, root
        assert theirs <= second[root], root
        assert not second[root] & house.of_first[root], root
    empty = {root for root, theirs in house.of_second.items() if not theirs}
    assert empty <= OF_ACCOUNT | NOT_FURNISHED


async def test_a_store_user_sees_one_store(house: House) -> None:
    keeper = await house.listed(house.users["keeper"])
    for what in OF_A_STORE:
        assert keeper[f"{what}s"] & set(house.first.values()) == {house.first[f"north {what}"]}, what
        assert not keeper[f"{what}s"] & set(house.second.values())
    assert keeper["locations"] == {house.first["north"]}
    for root in ("storageAreas", "storeAddresses"):
        document = f"{{ {root}(first: 5000) {{ edges {{ node {{ id location {{ id }} }} }} }} }}"
        found = [edge["node"] for edge in (await house.admin.run(document))["edges"]]
        seen = {node["location"]["id"] for node in found if node["id"] in keeper[root]}
        assert seen == {house.first["north"]}, root
    nested_ = """query ($id: ID!) { orderById(id: $id) { fulfilments { edges { node { id
      articles { edges { node { id } } } } } } } }"""
    assert await house.users["keeper"].run(nested_, {"id": house.first["south order"]}) is None
    own = await house.users["keeper"].run(nested_, {"id": house.first["north order"]})
    assert house.first["north article"] in str(own)


async def test_events_are_searched_within_reach(house: House) -> None:
    for name, other in (("first", house.second), ("second", house.first)):
        everything = f"{EVENT}?count=5000&eventType=ORCHESTRATION&from=2000-01-01T00:00:00Z"
        status, found = await house.users[name].send("GET", everything)
        assert status == 200
        assert found["results"]
        assert {e["retailerId"] for e in found["results"]}.isdisjoint({other["retailer"]})
        query = f"{EVENT}?from=2000-01-01T00:00:00Z&context.rootEntityId={other['north order']}"
        assert (await house.users[name].send("GET", query))[1]["results"] == []
        theirs = (await house.admin.send("GET", query))[1]["results"]
        assert theirs
        assert (await house.users[name].send("GET", f"{EVENT}/{theirs[0]['id']}"))[0] == 404


async def test_a_store_user_sends_events_to_its_own(house: House) -> None:
    keeper, before = house.users["keeper"], await house.written()
    for what, type_ in (("fulfilment", "FULFILMENT"), ("article", "ARTICLE"), ("wave", "WAVE"), ("order", "ORDER")):
        event = {"name": "Unheard", "retailerId": "1", "entityType": type_}
        for path in ("async", "sync"):
            status, _ = await keeper.post(f"{EVENT}/{path}", event | {"entityId": house.first[f"south {what}"]})
            assert status == 403, what
        assert await house.written() == before
    event = {"name": "Unheard", "retailerId": "1", "entityType": "FULFILMENT"}
    status, _ = await keeper.post(f"{EVENT}/sync", event | {"entityId": house.first["north fulfilment"]})
    assert status == 404


async def refused_update(browser: Browser, entity: str, given: dict[str, Any]) -> None:
    """Try an update; it has to fail as if there were no such row, or for want of the permission there."""
    document = f"mutation ($i: Update{entity}Input) {{ update{entity}(input: $i) {{ __typename }} }}"
    answer = await browser.answer(document, {"i": given})
    assert answer.get("data") == {f"update{entity}": None}, (entity, given, answer)
    assert answer["errors"][0]["extensions"]["code"] in {"C0120E", "C0020E"}, answer


async def test_a_retailer_changes_nothing_of_another(house: House) -> None:
    second, before, mutations = house.users["second"], await house.written(), schema().mutation_type
    assert mutations is not None
    for entity in MODEL.entities:
        input_ = schema().get_type(f"Update{entity.name}Input")
        if f"update{entity.name}" not in mutations.fields or "id" not in getattr(input_, "fields", {}):
            continue
        for id_ in house.of_first[entity.plural or ""]:
            given: dict[str, Any] = {"id": id_}
            if entity.name == "Setting":
                given |= {"context": "RETAILER", "contextId": 1, "valueType": "STRING", "value": "stolen"}
            if entity.name == "Comment":
                given |= {"text": "stolen"}
            await refused_update(second, entity.name, given)
    stock, goods, own = {"ref": "IC-ONE"}, {"ref": "PC-ONE"}, {"retailer": {"id": house.first["retailer"]}}
    keys: tuple[tuple[str, dict[str, Any]], ...] = (
        ("Customer", {"username": "ana-ONE"}),
        ("InventoryCatalogue", stock),
        ("InventoryPosition", {"ref": "SHOE-ONE:north", "catalogue": stock}),
        ("InventoryQuantity", {"ref": "1", "catalogue": stock}),
        ("ProductCatalogue", goods),
        ("StandardProduct", {"ref": "SHOE-ONE", "catalogue": goods}),
        ("Category", {"ref": "CAT-ONE", "catalogue": goods}),
        ("VirtualCatalogue", {"ref": "VC-ONE"}),
        ("VirtualPosition", {"ref": "1", "catalogue": {"ref": "VC-ONE"}}),
        ("BillingAccount", {"ref": "BA-ONE"}),
        ("Invoice", {"ref": "IN-ONE"}),
        ("CreditMemo", {"ref": "CM-ONE"}),
        ("Payment", {"ref": "P-ONE"}),
        ("PaymentServiceProvider", {"ref": "PSP-ONE"}),
        ("ReturnOrder", {"ref": "R-ONE", **own}),
        ("ReturnFulfilment", {"ref": "RF-ONE", "returnOrder": {"ref": "R-ONE", **own}}),
        ("CarrierConsignment", {"ref": "CC-ONE"}),
        ("Manifest", {"ref": "M-ONE"}),
        ("ControlGroup", {"ref": "CG-ONE"}),
        ("Control", {"ref": "1", "controlGroup": {"ref": "CG-ONE"}}),
        ("Role", {"name": "ADMIN", "permissions": [{"name": "ORDER_VIEW"}]}),
    )
    for name, key in keys:
        await refused_update(second, name, key)
    assert await house.written() == before


async def test_a_store_user_changes_nothing_elsewhere(house: House) -> None:
    keeper, before = house.users["keeper"], await house.written()
    for entity, what in (
        ("Fulfilment", "south fulfilment"),
        ("Article", "south article"),
        ("Wave", "south wave"),
        ("Order", "south order"),
        ("Location", "south"),
        ("Retailer", "retailer"),
        ("Carrier", "carrier"),
    ):
        await refused_update(keeper, entity, {"id": house.first[what]})
    await refused_update(keeper, "Customer", {"username": "ana-ONE"})
    own = {"retailer": {"id": "1"}, "fulfilments": [{"id": house.first["south fulfilment"]}]}
    for place in ("north", "south"):
        document = "mutation ($i: CreateWaveInput) { createWave(input: $i) { id } }"
        given = {"ref": "X", "type": "PLAIN", "location": {"id": house.first[place]}, **own}
        answer = await keeper.answer(document, {"i": given})
        assert answer["data"] == {"createWave": None}, place
    assert await house.written() == before
