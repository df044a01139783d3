"""User actions, as user interfaces ask for them (spec 11 §6, 44 §4)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from serving import Api, serving

from conftest import databases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Stream

PATH = "/api/v4.1/transition"
ASKED = {"type": "FULFILMENT", "subtype": "HD", "status": "ASSIGNED", "retailerId": "1", "flexType": "ORDER::HD"}


def button(label: str, *modules: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "type": "PRIMARY", "modules": list(modules), **more}


def ruleset(name: str, *actions: dict[str, Any], **changed: Any) -> dict[str, Any]:
    about = {"name": name, "type": "FULFILMENT", "subtype": "HD", "rules": [], "triggers": [{"status": "ASSIGNED"}]}
    return about | {"userActions": list(actions)} | changed


FIELD = {"name": "reason", "type": "LIST", "label": "Reason", "source": "REASONS", "defaultValue": 5, "mandatory": True}
BEGIN = {"name": "CREATE", "type": "ORDER", "rules": [], "triggers": [{"status": "CREATED"}]}
FIRST = [
    BEGIN,
    ruleset("Pick", {"eventName": "Picked", "context": [button("PICK", "store")], "attributes": [FIELD]}),
    ruleset(
        "Tell",
        {"context": [button("A", "oms", confirm=True), button("B", "store", "oms")]},
        {"eventName": "Other", "context": [button("C", "oms")], "attributes": [{"name": "x", "type": "STRING"}]},
    ),
    ruleset("AnySubtype", {"context": [button("D", "any")]}, subtype="", triggers=[]),
    ruleset("OtherSubtype", {"context": [button("E", "oms")]}, subtype="CC"),
    ruleset("OtherStatus", {"context": [button("F", "oms")]}, triggers=[{"status": "LOST"}]),
    ruleset("Bare", {"context": []}),
    ruleset("None"),
]
STATUSES = [
    {"name": name, "entityType": type_, "category": ""}
    for name, type_ in (("CREATED", "ORDER"), ("ASSIGNED", "FULFILMENT"), ("LOST", "FULFILMENT"))
]


def workflow(version: str, rulesets: list[dict[str, Any]], **changed: Any) -> dict[str, Any]:
    about = {"retailerId": "1", "version": version, "entityType": "ORDER", "entitySubtype": "HD"}
    return about | {"rulesets": rulesets, "statuses": STATUSES} | changed


def of_type(type_: str, version: str, event: str) -> dict[str, Any]:
    """Return a workflow with one button for its root."""
    begin = BEGIN | {"type": type_}
    action = ruleset(event, {"context": [button(event, "oms")]}, type=type_, subtype="", triggers=[])
    statuses = [{"name": "CREATED", "entityType": type_, "category": ""}]
    return workflow(version, [begin, action], entityType=type_, entitySubtype="X", statuses=statuses)


@pytest.fixture(scope="module")
async def api(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Api]:
    second = [BEGIN, ruleset("New", {"context": [button("N", "oms")]})]
    async with databases(postgres, templates) as make, serving(make) as started:
        for document in (
            workflow("1.0", [BEGIN]),
            workflow("1.0", FIRST),
            workflow("2.0", second),
            of_type("LOCATION", "1.0", "Old"),
            of_type("LOCATION", "2.0", "Newest"),
            of_type("FULFILMENT_OPTION", "1.0", "Aliased"),
        ):
            await saved(started, document)
        yield started


async def saved(api: Api, document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    reply = await api.send("PUT", "/api/v4.1/workflow", parts=(body,), headers=api.bearer())
    assert reply.status == 200, reply.json


async def offers(api: Api, **changed: Any) -> list[dict[str, Any]]:
    trigger = {k: v for k, v in (ASKED | {"flexVersion": 1} | changed).items() if v is not ...}
    reply = await api.post(PATH, {"triggers": [trigger]})
    assert reply.status == 200, reply.json
    found: list[dict[str, Any]] = reply.json["response"]
    return found


async def events(api: Api, **changed: Any) -> list[str]:
    """Return the events of the only offer."""
    (offer,) = await offers(api, **changed)
    assert offer["transitions"] == offer["userActions"]
    return [action["eventName"] for action in offer["userActions"]]


async def test_an_offer_echoes_its_trigger_and_tells_all_of_an_action(api: Api) -> None:
    (offer,) = await offers(api, module="store")
    about = {"name": None, "module": "store", "flexVersion": 1}
    assert offer["trigger"] == ASKED | about
    assert offer["userActions"][0] == {
        "eventName": "Picked",
        "context": [button("PICK", "store", confirm=False)],
        "attributes": [FIELD],
    }


async def test_the_module_chooses_actions_and_how_they_look(api: Api) -> None:
    assert await events(api) == ["Picked", "Tell", "Other", "AnySubtype", "Bare"]
    assert await events(api, module="oms") == ["Tell", "Other"]
    assert await events(api, module="custom") == []
    (offer,) = await offers(api, module="store")
    assert [[c["label"] for c in a["context"]] for a in offer["userActions"]] == [["PICK"], ["B"]]
    (every,) = await offers(api)
    assert [c["label"] for c in every["userActions"][1]["context"]] == ["A", "B"]


async def test_fields_of_a_form_are_filled_up(api: Api) -> None:
    (offer,) = await offers(api, name="Tell")
    told = {"name": "x", "type": "STRING", "label": "x", "source": "", "defaultValue": "", "mandatory": False}
    assert [a["attributes"] for a in offer["userActions"]] == [[], [told]]


async def test_type_subtype_status_and_name_choose_rulesets(api: Api) -> None:
    assert await events(api, subtype="CC") == ["AnySubtype", "OtherSubtype"]
    assert await events(api, subtype=...) == ["AnySubtype"]
    assert await events(api, status="LOST") == ["AnySubtype", "OtherStatus"]
    assert await events(api, status=...) == ["AnySubtype"]
    assert await events(api, type="ORDER") == []
    assert await events(api, name="Pick") == ["Picked"]
    assert await events(api, name="Picked") == []


async def test_the_version_of_the_entity_chooses_the_workflow(api: Api) -> None:
    assert await events(api, flexVersion="1", name="Pick") == ["Picked"]
    assert await events(api, flexVersion=2) == ["New"]
    assert await events(api, flexVersion=...) == ["New"]
    assert await events(api, flexVersion=None) == ["New"]
    assert await events(api, flexVersion=9) == ["New"]


async def test_what_lives_for_years_follows_the_newest_version(api: Api) -> None:
    assert await events(api, type="LOCATION", flexType="LOCATION::X", flexVersion=1) == ["Newest"]


async def test_older_spellings_of_a_type_are_one_type(api: Api) -> None:
    for type_ in ("FULFILMENT_OPTIONS", "FULFILMENTOPTION"):
        assert await events(api, type=type_, flexType=f"{type_}::X") == ["Aliased"]


async def test_without_a_known_workflow_there_is_no_offer(api: Api, subtests: pytest.Subtests) -> None:
    for flex in (..., None, "", "ORDER::NONE"):
        with subtests.test(flex=flex):
            assert await offers(api, flexType=flex) == []


async def test_each_trigger_is_answered_in_order(api: Api) -> None:
    asked = [ASKED | {"flexVersion": 2}, ASKED | {"flexType": "X"}, ASKED | {"flexVersion": 1, "retailerId": 1}]
    reply = await api.post(PATH, {"triggers": asked})
    response = reply.json["response"]
    assert [(o["trigger"]["flexType"], o["trigger"]["flexVersion"]) for o in response][::2] == [
        (ASKED["flexType"], 2),
        (ASKED["flexType"], 1),
    ]
    assert response[1]["trigger"]["flexType"] == "X"
    assert response[1]["userActions"] == response[1]["transitions"] == []
    assert reply.json["response"][1]["trigger"]["retailerId"] == "1"
    assert (await api.post(PATH, {"triggers": []})).json == {"response": []}


async def test_a_new_version_is_seen_at_once(api: Api) -> None:
    for version in range(3):
        named = ruleset(f"Event{version}", {"context": [button("X", "oms")]})
        await saved(api, workflow("1.0", [BEGIN, named], entitySubtype="FAST"))
        assert await events(api, flexType="ORDER::FAST") == [f"Event{version}"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"retailerId": ...}, "retailerId"),
    ({"retailerId": ""}, "retailerId is missing"),
    ({"retailerId": "x"}, "retailerId is 'x'"),
    ({"retailerId": "77"}, "retailerId is 77, and there is no such retailer"),
    ({"flexVersion": "1.3"}, "flexVersion"),
    ({"type": 5}, "$.triggers[0].type"),
]


async def test_what_is_wrong_is_named(api: Api, subtests: pytest.Subtests) -> None:
    for changed, message in WRONG:
        with subtests.test(changed=changed):
            trigger = {k: v for k, v in (ASKED | changed).items() if v is not ...}
            reply = await api.post(PATH, {"triggers": [trigger]})
            assert (reply.status, message in reply.json["message"]) == (400, True), reply.json


async def test_a_body_without_triggers_is_refused(api: Api) -> None:
    for body in (b"", b"{}", b"[]", b'{"triggers": {}}', json.dumps({"triggers": [ASKED] * 201}).encode()):
        assert (await api.post(PATH, body)).status == 400


async def test_buttons_are_for_those_who_may_send_events_of_the_retailer(api: Api) -> None:
    store = await api.add_user("store", "STORE_ASSISTANT", ("RETAILER", 1))
    other = await api.add_user("other", "STORE_ASSISTANT", ("RETAILER", 2))
    looking = await api.add_user("looking", "USER_MANAGER", ("RETAILER", 1))
    body = json.dumps({"triggers": [ASKED | {"flexVersion": 1, "name": "Pick"}]}).encode()
    replies = [
        await api.send("POST", PATH, parts=(body,), headers={"Authorization": f"Bearer {token}"})
        for token in (store, other, looking, "nobody")
    ]
    assert [reply.status for reply in replies] == [200, 403, 200, 401]
    assert [len(replies[n].json["response"][0]["userActions"]) for n in (0, 2)] == [1, 0]
    assert replies[1].json["message"] == "User may not see user actions of retailer 1."
