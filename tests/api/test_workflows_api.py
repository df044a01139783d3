"""Saving, reading, comparing and going back to versions of workflows (spec 11 §5, 13 §2, §10)."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from serving import Api, Reply, serving

from conftest import databases
from penstock.workflows.documents import reference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Stream

WORKFLOW = "/api/v4.1/workflow"
RULE = {"name": "[[account.id]].core.SetState", "props": {"status": "BOOKED"}}
ROLE = """
WITH made AS (
  INSERT INTO role (id, name) SELECT nextval('id_small'), $1 RETURNING id
) INSERT INTO role_permission (role_id, permission_id)
SELECT made.id, p.id FROM made, permission p WHERE p.name = ANY($2::text[])"""


def document(subtype: str = "HD", **changed: Any) -> dict[str, Any]:
    """Return a small workflow; tests share a database, so each gives it a subtype of its own."""
    start = {"name": "CREATE", "type": "ORDER", "rules": [RULE], "triggers": [{"status": "CREATED"}]}
    statuses = [{"name": "CREATED", "entityType": "ORDER", "category": "BOOKING"}]
    small: dict[str, Any] = {"retailerId": "1", "version": "1.0", "entityType": "ORDER", "entitySubtype": subtype}
    return copy.deepcopy(small | {"rulesets": [start], "statuses": statuses} | changed)


@pytest.fixture(scope="module")
async def api(postgres: str, templates: dict[Stream, str]) -> AsyncIterator[Api]:
    async with databases(postgres, templates) as make, serving(make) as started:
        yield started


async def save(api: Api, content: Any, *, method: str = "PUT", token: str | None = None) -> Reply:
    headers = {"Authorization": f"Bearer {token or api.token}"}
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await api.send(method, WORKFLOW, parts=(body,), headers=headers)


async def versions(api: Api, name: str) -> list[str]:
    return [v["version"] for v in (await api.get(f"{WORKFLOW}/1/{name}/versions")).json["results"]]


async def test_a_workflow_is_saved_and_read_back(api: Api) -> None:
    kept = {"description": "Home delivery", "versionComment": "first", "settings": {"a": "b"}, "further": [1]}
    sent = document("READ", id=7, createdBy="me", createdOn="then", retailerId=1, **kept)
    reply = await save(api, sent)
    assert (reply.status, reply.json) == (200, {"entityId": "1-ORDER::READ::1.0", "eventStatus": "COMPLETE"})
    found = (await api.get(f"{WORKFLOW}/1/ORDER::READ")).json
    assert found["id"].isdigit()
    assert (found["retailerId"], found["name"], found["version"]) == ("1", "ORDER::READ", "1.0")
    assert found["createdBy"] == "admin"
    assert found["createdOn"].endswith("+0000")
    assert {name: found[name] for name in kept} == kept
    assert found["rulesets"][0]["rules"] == [{"name": "ACME.core.SetState", "props": {"status": "BOOKED"}}]
    assert found["statuses"] == sent["statuses"]


async def test_a_workflow_is_found_by_any_spelling_of_its_path(api: Api) -> None:
    await save(api, document("PATHS", version="1.3"))
    for path in ("ORDER::PATHS", "ORDER%3A%3APATHS", "ORDER%3a%3aPATHS/", "ORDER::PATHS/1.3", "ORDER::PATHS/1.3/"):
        reply = await api.get(f"{WORKFLOW}/1/{path}")
        assert (reply.status, reply.json["version"]) == (200, "1.3")
    assert (await api.get(f"{WORKFLOW}/1/ORDER::PATHS", version="1.3")).json["version"] == "1.3"


async def test_what_is_not_there_is_told_without_a_version(api: Api) -> None:
    await save(api, document("HERE"))
    for path in ("1/ORDER::GONE", "2/ORDER::HERE", "1/ORDER::HERE/1.1", "1/ORDER::GONE/versions", "77/ORDER::HERE"):
        reply = await api.get(f"{WORKFLOW}/{path}")
        assert reply.status == 404
        assert "has no workflow ORDER::" in reply.json["message"]
        assert "version" not in reply.json
    for path in ("x/ORDER::HERE", "1/ORDER::HERE/newest", "1/ORDER::HERE?version=1"):
        assert (await api.send("GET", f"{WORKFLOW}/{path}", headers=api.bearer())).status == 400


async def test_the_server_counts_minor_versions_and_the_author_major_ones(api: Api) -> None:
    given = ("1.4", "1.0", "1.99", "2.5", "2.0", "1.1")
    replies = [await save(api, document("COUNT", version=version)) for version in given]
    told = [reply.json["entityId"].rpartition("::")[2] for reply in replies]
    assert told == ["1.4", "1.5", "1.6", "2.5", "2.6", "1.7"]
    assert await versions(api, "ORDER::COUNT") == ["2.6", "2.5", "1.7", "1.6", "1.5", "1.4"]
    assert (await api.get(f"{WORKFLOW}/1/ORDER::COUNT")).json["version"] == "2.6"


async def test_a_version_is_never_overwritten(api: Api) -> None:
    await save(api, document("KEEP", description="old"))
    await save(api, document("KEEP", description="new"))
    found = [(await api.get(f"{WORKFLOW}/1/ORDER::KEEP/{v}")).json["description"] for v in ("1.0", "1.1")]
    assert found == ["old", "new"]
    for method in ("DELETE", "PATCH", "PUT"):
        reply = await api.send(method, f"{WORKFLOW}/1/ORDER::KEEP/1.0", headers=api.bearer())
        assert reply.status == 405


async def test_saves_at_the_same_time_become_versions_one_after_another(api: Api) -> None:
    replies = await asyncio.gather(*(save(api, document("RACE", description=str(n))) for n in range(12)))
    assert sorted(r.json["entityId"] for r in replies) == sorted(f"1-ORDER::RACE::1.{n}" for n in range(12))
    for reply, number in zip(replies, range(12), strict=True):
        version = reply.json["entityId"].rpartition("::")[2]
        assert (await api.get(f"{WORKFLOW}/1/ORDER::RACE/{version}")).json["description"] == str(number)


async def test_all_mistakes_are_told_by_their_places_and_nothing_is_saved(api: Api) -> None:
    wrong = document("WRONG", description="x" * 301)
    wrong["rulesets"][0]["rules"].append({"name": "ACME.core.Nope"})
    wrong["rulesets"][0]["triggers"].append({"status": "LOST"})
    reply = await save(api, wrong)
    assert (reply.status, reply.json["code"]) == (400, "400")
    for place in ("description has 301", "rulesets[0].triggers[1].status", "rulesets[0].rules[1].name"):
        assert place in reply.json["message"]
        assert any(error["message"].startswith(place) for error in reply.json["errors"])
    assert len(reply.json["errors"]) == 3
    many = document("WRONG", rulesets=[{}] * 200)
    reply = await save(api, many)
    assert len(reply.json["errors"]) == 500
    assert "and 480 more" in reply.json["message"]
    assert await api.database.fetchval("SELECT count(*) FROM workflow WHERE name = 'ORDER::WRONG'") == 0


async def test_what_is_no_workflow_is_refused(api: Api, subtests: pytest.Subtests) -> None:
    for body in (b"", b"{", b"[]", b"1", b'{"a":"\\u0000"}', b"[" * 300 + b"]" * 300, b'"\xff"'):
        for method in ("PUT", "POST"):
            with subtests.test(body=body, method=method):
                assert (await save(api, body, method=method)).status == 400


async def test_a_lonely_surrogate_or_an_unknown_retailer_is_refused(api: Api) -> None:
    text = json.dumps(document("ODD", description="?")).replace("?", "\\ud800").encode()
    assert (await save(api, text)).status == 400
    reply = await save(api, document("ODD", retailerId="77"))
    assert (reply.status, reply.json["message"]) == (400, "retailerId is 77, and there is no such retailer.")


async def test_posting_does_not_look_at_rules(api: Api) -> None:
    unknown = document("POST")
    unknown["rulesets"][0]["rules"] = [{"name": "ACME.later.Rule"}]
    assert (await save(api, unknown)).status == 400
    assert (await save(api, unknown, method="POST")).json["entityId"] == "1-ORDER::POST::1.0"
    unknown["rulesets"][0]["triggers"] = [{"status": "LOST"}]
    assert (await save(api, unknown, method="POST")).status == 400


async def test_the_account_is_filled_in_for_its_place_holder(api: Api) -> None:
    sent = document("HOLD", description="[[account.id]]")
    sent["rulesets"][0]["rules"][0]["props"] |= {"deep": [{"x": "of [[account.id]] and [[other]]"}]}
    await save(api, sent)
    found = (await api.get(f"{WORKFLOW}/1/ORDER::HOLD")).json
    assert found["rulesets"][0]["rules"][0]["props"]["deep"] == [{"x": "of ACME and [[other]]"}]
    assert found["description"] == "[[account.id]]"


async def test_older_spellings_of_a_type_are_kept_and_name_one_workflow(api: Api) -> None:
    def spelt(name: str) -> dict[str, Any]:
        made = document("OPT", entityType=name, statuses=[{"name": "CREATED", "entityType": name, "category": ""}])
        made["rulesets"][0]["type"] = name
        return made

    told = [
        (await save(api, spelt(name))).json["entityId"]
        for name in ("FULFILMENT_OPTION", "FULFILMENTOPTION", "FULFILMENT_OPTIONS")
    ]
    assert told == [
        "1-FULFILMENT_OPTION::OPT::1.0",
        "1-FULFILMENTOPTION::OPT::1.1",
        "1-FULFILMENT_OPTIONS::OPT::1.2",
    ]
    for name in ("FULFILMENT_OPTION", "FULFILMENT_OPTIONS"):
        assert (await api.get(f"{WORKFLOW}/1/{name}::OPT")).json["version"] == "1.2"
        found = (await api.get(f"{WORKFLOW}/1/{name}::OPT/1.0")).json
        assert (found["name"], found["entityType"]) == ("FULFILMENT_OPTION::OPT", "FULFILMENT_OPTION")
        assert found["rulesets"][0]["type"] == "FULFILMENT_OPTION"


async def test_a_status_without_a_name_is_kept(api: Api) -> None:
    statuses = [*document()["statuses"], {"name": "", "entityType": "ORDER", "category": ""}]
    assert (await save(api, document("EMPTY", statuses=statuses))).status == 200


async def test_hundreds_of_rulesets_are_saved_and_more_than_two_megabytes_are_not(api: Api) -> None:
    def large(size: int) -> bytes:
        triggers = [{"status": "CREATED"}] * 30
        rules = [{**RULE, "props": {"status": "BOOKED", "note": "x" * 800}}] * 5
        more = [{"name": f"E{n}", "type": "ORDER", "rules": rules, "triggers": triggers} for n in range(size)]
        return json.dumps(document("LARGE", rulesets=document()["rulesets"] + more)).encode()

    body = large(340)
    assert 1_700_000 < len(body) < 2_097_152
    assert (await save(api, body)).json["entityId"] == "1-ORDER::LARGE::1.0"
    assert len((await api.get(f"{WORKFLOW}/1/ORDER::LARGE")).json["rulesets"]) == 341
    assert (await save(api, large(500))).status == 413


async def test_workflows_are_listed_in_brief(api: Api) -> None:
    for subtype, retailer in (("A", "2"), ("B", "2"), ("B", "2")):
        made = document(subtype, retailerId=retailer, description=f"of {subtype}", versionComment="why")
        assert (await save(api, made)).status == 200
    page = (await api.get(WORKFLOW, retailerId="2")).json
    assert (page["start"], page["count"], page["total"]) == (0, 2, 2)
    assert [(w["name"], w["version"]) for w in page["results"]] == [("ORDER::A", "1.0"), ("ORDER::B", "1.1")]
    first = page["results"][0]
    assert first.keys() == {
        *("id", "name", "entityType", "entitySubtype", "version", "retailerId", "description", "versionComment"),
        *("createdBy", "createdOn"),
    }
    assert (first["retailerId"], first["entitySubtype"], first["description"]) == ("2", "A", "of A")
    second = (await api.get(WORKFLOW, retailerId="2", start=1, count=5)).json
    assert (second["start"], second["count"], second["total"]) == (1, 1, 2)
    assert [w["name"] for w in second["results"]] == ["ORDER::B"]
    everything = (await api.get(WORKFLOW, count=1000)).json
    assert everything["total"] == everything["count"] > 2
    assert (await api.get(WORKFLOW, count=0)).json["results"] == []
    for wrong in ({"start": "-1"}, {"count": "x"}, {"retailerId": "x"}):
        assert (await api.get(WORKFLOW, **wrong)).status == 400


async def test_versions_are_listed_newest_first(api: Api) -> None:
    for number in range(3):
        await save(api, document("LIST", versionComment=f"change {number}"))
    page = (await api.get(f"{WORKFLOW}/1/ORDER::LIST/versions", start=1, count=1)).json
    assert (page["start"], page["count"], page["total"]) == (1, 1, 3)
    assert [(v["version"], v["versionComment"]) for v in page["results"]] == [("1.1", "change 1")]


async def test_versions_are_compared(api: Api) -> None:
    await save(api, document("DIFF", description="old"))
    newer = document("DIFF", description="new", versionComment="does not count")
    newer["rulesets"][0]["rules"][0]["props"]["status"] = "CREATED"
    newer["rulesets"].append({"name": "Go", "type": "ORDER", "subtype": "DIFF", "rules": [], "triggers": []})
    await save(api, newer)
    found = (await api.get(f"{WORKFLOW}/1/ORDER::DIFF/compare", **{"from": "1.0"})).json
    assert (found["from"], found["to"]) == ("1.0", "1.1")
    assert found["document"] == [{"place": "description", "from": "old", "to": "new"}]
    assert found["added"] == [{"name": "Go", "type": "ORDER", "subtype": "DIFF", "eventType": "NORMAL", "triggers": []}]
    assert found["changed"] == [
        {
            "name": "CREATE",
            "type": "ORDER",
            "subtype": "",
            "eventType": "NORMAL",
            "triggers": ["CREATED"],
            "changes": [{"place": "rules[0].props.status", "from": "BOOKED", "to": "CREATED"}],
        }
    ]
    assert (found["removed"], found["moved"], found["statuses"]) == ([], [], [])
    back = (await api.get(f"{WORKFLOW}/1/ORDER::DIFF/compare", **{"from": "1.1", "to": "1.0"})).json
    assert [r["name"] for r in back["removed"]] == ["Go"]
    for query, status in (({}, 400), ({"from": "x"}, 400), ({"from": "1.0", "to": "9.9"}, 404), ({"from": "3.3"}, 404)):
        assert (await api.get(f"{WORKFLOW}/1/ORDER::DIFF/compare", **query)).status == status


async def test_going_back_saves_the_old_document_as_a_new_version(api: Api) -> None:
    path = f"{WORKFLOW}/1/ORDER::BACK/rollback"
    await save(api, document("BACK", description="good", versionComment="works"))
    await save(api, document("BACK", description="bad"))
    reply = await api.post(path, {"version": "1.0"})
    assert reply.json == {"entityId": "1-ORDER::BACK::1.2", "eventStatus": "COMPLETE"}
    found = (await api.get(f"{WORKFLOW}/1/ORDER::BACK")).json
    assert (found["version"], found["description"]) == ("1.2", "good")
    assert found["versionComment"] == "Rolled back to 1.0. works"
    assert (await api.post(path, {"version": "1.0", "major": 3})).json["entityId"] == "1-ORDER::BACK::3.0"
    for body, status in (({"version": "1.9"}, 404), ({"version": "x"}, 400), ({}, 400), (b"{", 400)):
        assert (await api.post(path, body)).status == status
    assert (await api.post(f"{WORKFLOW}/1/ORDER::NONE/rollback", {"version": "1.0"})).status == 404


async def test_one_does_not_go_back_to_rules_that_are_gone(api: Api) -> None:
    gone = document("GONE")
    gone["rulesets"][0]["rules"] = [{"name": "ACME.plugin.Gone"}]
    await save(api, gone, method="POST")
    reply = await api.post(f"{WORKFLOW}/1/ORDER::GONE/rollback", {"version": "1.0"})
    assert reply.status == 400
    assert "rulesets[0].rules[0].name is 'ACME.plugin.Gone'" in reply.json["message"]


# --- permissions ---


async def user(api: Api, name: str, permissions: list[str], *contexts: tuple[str, int]) -> str:
    await api.database.execute(ROLE, name, permissions)
    return await api.add_user(name, name, *contexts)


async def ask(api: Api, token: str, path: str, method: str = "GET", body: bytes = b"") -> Reply:
    return await api.send(method, path, parts=(body,), headers={"Authorization": f"Bearer {token}"})


async def test_permissions_count_for_the_whole_retailer(api: Api) -> None:
    await save(api, document("ALLOWED"))
    every = ["WORKFLOW_VIEW", "WORKFLOW_CREATE", "WORKFLOW_UPDATE"]
    one = await user(api, "wf-one", every, ("RETAILER", 1))
    two = await user(api, "wf-two", every, ("RETAILER", 2))
    none = await user(api, "wf-none", ["ORDER_VIEW"], ("RETAILER", 1))
    path = f"{WORKFLOW}/1/ORDER::ALLOWED"
    for asked in (path, f"{path}/1.0", f"{path}/versions", f"{path}/compare?from=1.0"):
        assert [(await ask(api, token, asked)).status for token in (one, two, none)] == [200, 403, 403]
    assert [(await save(api, document("ALLOWED"), token=t)).status for t in (one, two, none)] == [200, 403, 403]
    assert [(await save(api, document("P1", description=1), token=t)).status for t in (two, none)] == [403, 403]
    back = [await ask(api, t, f"{path}/rollback", "POST", b'{"version": "1.0"}') for t in (one, two, none)]
    assert [reply.status for reply in back] == [200, 403, 403]
    refused = await ask(api, two, path)
    assert refused.json["message"] == "User does not have permission: WORKFLOW_VIEW for retailer 1"


async def test_a_list_is_refused_to_restricted_users_with_401(api: Api) -> None:
    one = await user(api, "wf-list", ["WORKFLOW_VIEW"], ("RETAILER", 1))
    none = await user(api, "wf-list-none", ["ORDER_VIEW"], ("RETAILER", 1))
    await save(api, document("MINE"))
    await save(api, document("THEIRS", retailerId="2"))
    assert (await ask(api, one, f"{WORKFLOW}?retailerId=1")).status == 200
    mine = (await ask(api, one, WORKFLOW)).json["results"]
    assert {w["retailerId"] for w in mine} == {"1"}
    reply = await ask(api, one, f"{WORKFLOW}?retailerId=2")
    assert (reply.status, reply.json["code"]) == (401, "401")
    assert reply.json["message"] == "User does not have permission: WORKFLOW_VIEW for retailer 2"
    assert (await ask(api, none, WORKFLOW)).status == 403
    assert (await ask(api, "nobody", WORKFLOW)).status == 401


async def test_a_new_workflow_needs_create_and_a_known_one_update(api: Api) -> None:
    creating = await user(api, "wf-creator", ["WORKFLOW_CREATE"], ("RETAILER", 1))
    updating = await user(api, "wf-updater", ["WORKFLOW_UPDATE"], ("RETAILER", 1))
    assert (await save(api, document("NEW"), token=updating)).json["message"].endswith("WORKFLOW_CREATE")
    assert (await save(api, document("NEW"), token=creating)).status == 200
    assert (await save(api, document("NEW"), token=creating)).json["message"].endswith("WORKFLOW_UPDATE")
    assert (await save(api, document("NEW"), token=updating)).status == 200


async def test_the_reference_workflows_can_be_uploaded(api: Api, subtests: pytest.Subtests) -> None:
    for shipped in reference("ACME", 1):
        with subtests.test(name=shipped["name"]):
            assert (await save(api, shipped)).json["entityId"] == f"1-{shipped['name']}::1.0"
