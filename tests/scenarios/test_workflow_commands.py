"""``penstock workflow pull``, ``diff`` and ``push``, against a running Penstock."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from bundles import deploy, wheel
from click.testing import CliRunner, Result

from penstock.cli import main
from penstock.demo.client import read_connection
from penstock.workflows.documents import reference
from running import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from running import Running, Stored

pytest_plugins = ["worlds"]

NAME = "LOCATION::WAREHOUSE"
FILE = "location_warehouse.json"


@pytest.fixture(scope="module")
async def penstock(fresh: Stored) -> AsyncIterator[Running]:
    stored = await fresh.copy()
    async with running(stored) as started:
        yield started
    await stored.drop()


@pytest.fixture
async def folder(penstock: Running, tmp_path: Path) -> Path:
    """Return a folder with the file of a connection, and the workflows as they are stored."""
    connection = {**penstock.stored.credentials, "url": penstock.url}
    (tmp_path / "connection.json").write_text(json.dumps(connection))
    pulled = await run(tmp_path, "pull", "--into", str(tmp_path / "workflows"))
    assert pulled.exit_code == 0, pulled.output
    return tmp_path


async def run(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> Result:
    connection = () if environment else ("--connection", str(folder / "connection.json"))
    environment = {"COLUMNS": "200", **(environment or {})}
    return await asyncio.to_thread(
        CliRunner(env=environment).invoke, main, ["workflow", *arguments, *connection], catch_exceptions=False
    )


def changed(folder: Path, **more: Any) -> str:
    """Change the file of a workflow; return its path."""
    file = folder / "workflows" / FILE
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | more))
    return str(file)


async def stored(penstock: Running) -> dict[str, Any]:
    path = f"/api/v4.1/workflow/{penstock.retailer}/{NAME}"
    return dict((await penstock.client.call("GET", path))[1])


async def test_pulling_writes_every_workflow_so_that_nothing_differs(folder: Path, penstock: Running) -> None:
    files = sorted(file.name for file in (folder / "workflows").iterdir())
    assert FILE in files
    assert len(files) == len(reference("ACME", 1))
    document = json.loads((folder / "workflows" / FILE).read_text("utf-8"))
    known = await stored(penstock)
    assert document == {k: v for k, v in known.items() if k not in {"id", "createdBy", "createdOn", "versionComment"}}
    before = {file.name: file.read_bytes() for file in (folder / "workflows").iterdir()}
    await run(folder, "pull", NAME, "--into", str(folder / "workflows"))
    assert before == {file.name: file.read_bytes() for file in (folder / "workflows").iterdir()}
    same = await run(folder, "diff", str(folder / "workflows"))
    assert (same.exit_code, same.output.count("no difference")) == (0, len(files))


async def test_a_difference_is_shown_and_ends_with_1(folder: Path) -> None:
    file = changed(folder, description="Another one", settings={"a": "b"})
    found = await run(folder, "diff", file)
    assert found.exit_code == 1
    for part in (NAME, "changed", "description", "Another one", "added", "settings"):
        assert part in found.output
    new = changed(folder, name="LOCATION::NEW", entitySubtype="NEW")
    assert "LOCATION::NEW  not stored yet" in (await run(folder, "diff", new)).output


async def test_pushing_saves_what_differs(folder: Path, penstock: Running) -> None:
    before = (await stored(penstock))["version"]
    file = changed(folder, description="Pushed")
    dry = await run(folder, "push", file, "--dry-run")
    assert (dry.exit_code, "Pushed" in dry.output) == (0, True)
    nobody = await run(folder, "push", file)
    assert (nobody.exit_code, "give --yes" in nobody.output) == (1, True)
    assert (await stored(penstock))["version"] == before

    pushed = await run(folder, "push", str(folder / "workflows"), "--yes", "--comment", "why not")
    major, minor = before.split(".")
    assert f"{NAME} is stored as {major}.{int(minor) + 1}\n" in pushed.output
    assert pushed.output.count("is stored as") == 1
    found = await stored(penstock)
    assert (found["description"], found["versionComment"]) == ("Pushed", "why not")
    assert (await run(folder, "push", file, "--yes")).output.count("is stored as") == 0


async def test_nothing_is_saved_over_what_somebody_else_has_saved(folder: Path, penstock: Running) -> None:
    file = changed(folder, description="mine")
    base = json.loads((folder / "workflows" / FILE).read_text("utf-8"))
    major, minor = map(int, base["version"].split("."))
    status, _ = await penstock.client.call(
        "PUT", "/api/v4.1/workflow", {**base, "description": "a colleague's", "versionComment": "Friday"}
    )
    assert status == 200

    for more in ((), ("--dry-run",), ("--new-major",)):
        refused = await run(folder, "push", file, "--yes", *more)
        assert refused.exit_code == 1
        assert f"{FILE} is {NAME} {major}.{minor}, but the newest version of major {major} is" in refused.output
        assert f"{major}.{minor + 1}, saved by {penstock.stored.credentials['username']} at 2" in refused.output
        for part in ("(Friday)", f"pull {NAME} --version {major}.{minor + 1} --into", "--over"):
            assert part in refused.output
    assert (await stored(penstock))["description"] == "a colleague's"

    over = await run(folder, "push", file, "--yes", "--over")
    assert f"is stored as {major}.{minor + 2}\n" in over.output
    file = changed(folder, description="mine, and then")
    again = await run(folder, "push", file, "--yes")
    assert f"is stored as {major}.{minor + 3}\n" in again.output, "the file says what it has become"


async def test_the_number_of_a_version_is_all_that_a_push_changes_in_a_file(folder: Path, penstock: Running) -> None:
    known = await stored(penstock)
    text = json.dumps({"settings": {"version": known["version"]}} | known, indent=4).replace(
        "PENSTOCK.", "[[account.id]]."
    )
    file = folder / "odd.json"
    file.write_text(text)
    pushed = (await run(folder, "push", str(file), "--yes")).output.split()[-1]
    first, second = (i for i in range(len(text)) if text.startswith(f'"version": "{known["version"]}"', i))
    assert first < second
    new = text[second:].replace(known["version"], pushed, 1)
    assert file.read_text("utf-8") == text[:second] + new


async def test_pulling_loses_no_changes(folder: Path, penstock: Running) -> None:
    into = folder / "workflows"
    other = into / "location_store.json"
    file = changed(folder, description="not pushed yet")
    before, kept = (into / FILE).read_bytes(), other.read_bytes()
    other.unlink()
    for arguments in ((NAME,), ()):
        refused = await run(folder, "pull", *arguments, "--into", str(into))
        assert (refused.exit_code, f"{FILE}: not what is stored" in refused.output) == (1, True)
        assert "Push it, move it away, or give --over" in refused.output
    assert ((into / FILE).read_bytes(), other.exists()) == (before, False), "nothing is written"

    assert (await run(folder, "push", file, "--yes")).exit_code == 0
    number = (await stored(penstock))["version"]
    assert (await run(folder, "pull", "--into", str(into))).exit_code == 0
    assert other.read_bytes() == kept
    await penstock.client.call("PUT", "/api/v4.1/workflow", {**await stored(penstock), "description": "newer"})
    assert (await run(folder, "pull", NAME, "--into", str(into))).exit_code == 0, f"it was {number} exactly"
    assert json.loads((into / FILE).read_text("utf-8"))["description"] == "newer"

    for content in ("{", json.dumps({"version": "99.0"}), json.dumps({"version": "../x"})):
        (into / FILE).write_text(content)
        assert (await run(folder, "pull", NAME, "--into", str(into))).exit_code == 1
    assert (await run(folder, "pull", NAME, "--into", str(into), "--over")).exit_code == 0
    assert json.loads((into / FILE).read_text("utf-8"))["description"] == "newer"


async def test_place_holders_and_fragments_are_filled_in_and_laid_over(folder: Path, penstock: Running) -> None:
    rule = {"name": "[[account.id]].core.SetState", "props": {"status": "[[mine]]"}}
    ruleset = {"name": "Rest", "type": "LOCATION", "rules": [rule], "triggers": []}
    fragment = {"entityType": "LOCATION", "entitySubtype": "WAREHOUSE", "rulesets": [ruleset]}
    (folder / "workflow-fragments").mkdir()
    (folder / "workflow-fragments" / "rest.json").write_text(json.dumps(fragment))
    parts = [str(folder / "workflows" / FILE), str(folder / "workflow-fragments")]
    assert "place-holder [[mine]] has no value" in (await run(folder, "push", *parts, "--yes")).output
    pushed = await run(folder, "push", *parts, "--yes", "--set", "mine=RESTING")
    assert pushed.exit_code == 0, pushed.output
    assert "Rest LOCATION" in pushed.output
    found = (await stored(penstock))["rulesets"][-1]
    assert found["rules"] == [{"name": "PENSTOCK.core.SetState", "props": {"status": "RESTING"}}]


async def test_a_fragment_alone_lies_over_what_is_stored(folder: Path, penstock: Running) -> None:
    file = changed(folder, description="Below", versionComment="of the version below")
    assert (await run(folder, "push", file, "--yes")).exit_code == 0
    before = await stored(penstock)
    alone = [str(lying(folder, called("core.SetState", status="X")))]
    differs = await run(folder, "diff", *alone)
    assert (differs.exit_code, "Lie LOCATION" in differs.output) == (1, True)
    pushed = await run(folder, "push", "--yes", "--fragment", *alone)
    assert pushed.exit_code == 0, pushed.output
    found = await stored(penstock)
    assert len(found["rulesets"]) == len(before["rulesets"]) + 1
    assert (found["description"], found.get("versionComment")) == ("Below", None)
    assert (await run(folder, "diff", *alone)).exit_code == 0

    unknown = lying(folder, called("core.SetState", status="X"), entitySubtype="NONE")
    nothing = await run(folder, "push", str(unknown), "--yes")
    assert "rest.json is a fragment of LOCATION::NONE, which is not stored; give its file, too" in nothing.output
    broken = lying(folder, {})
    broken.write_text('{"name": "LOCATION::WAREHOUSE", "rulesets": [{}]}')
    refused = await run(folder, "push", str(broken), "--yes")
    assert "rest.json: rulesets must be a list of objects with name and type" in refused.output


def called(rule: str, **props: str) -> dict[str, Any]:
    return {"name": f"[[account.id]].{rule}", "props": props}


def lying(folder: Path, rule: dict[str, Any], **more: Any) -> Path:
    """Write a fragment whose ruleset Lie calls a rule; return its file."""
    ruleset = {"name": "Lie", "type": "LOCATION", "rules": [rule], "triggers": []}
    fragment = {"entityType": "LOCATION", "entitySubtype": "WAREHOUSE", "rulesets": [ruleset], **more}
    file = folder / "workflow-fragments" / "rest.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(fragment))
    return file


def codes(result: Result) -> set[tuple[str, str]]:
    return {(finding["workflow"], finding["code"]) for finding in json.loads(result.stdout)}


async def test_what_is_stored_is_linted_with_the_rules_that_are_installed_there(
    folder: Path, penstock: Running
) -> None:
    uploaded = changed(
        folder,
        name="LOCATION::KIOSK",
        entitySubtype="KIOSK",
        rulesets=[{"name": "CREATE", "type": "LOCATION", "rules": [called("kiosk.Greet")], "triggers": []}],
    )
    saved = await run(folder, "push", uploaded, "--yes", "--without-rules")
    assert saved.exit_code == 0, saved.output
    as_json = ("lint", "--format", "json", "--stored")
    before = await run(folder, *as_json, "LOCATION::KIOSK")
    assert before.exit_code == 1, before.output
    assert ("LOCATION::KIOSK", "rule-not-installed") in codes(before)

    rule = '@rule("kiosk.Greet", "Greet", accepts=["LOCATION"])\ndef greet(context):\n    return []\n'
    await deploy(penstock, wheel("kiosk", f"from penstock.rules import rule\n{rule}"))
    after = await run(folder, *as_json, "LOCATION::KIOSK")
    assert {code for name, code in codes(after) if name == "LOCATION::KIOSK"}.isdisjoint({"rule-not-installed"})

    for account in ("[[account.id]]", "PENSTOCK"):
        rulesets = [
            {"name": "CREATE", "type": "LOCATION", "rules": [{"name": f"{account}.kiosk.Greet"}], "triggers": []}
        ]
        file = changed(folder, name="LOCATION::KIOSK", entitySubtype="KIOSK", rulesets=rulesets)
        assert "rule-not-installed" not in {code for _, code in codes(await run(folder, *as_json, file))}, account

    everything = await run(folder, *as_json)
    assert {name for name, _ in codes(everything)} > {"LOCATION::KIOSK"}
    assert not any(code == "rule-not-installed" for _, code in codes(everything)), "older spellings are known there"
    none = await run(folder, "lint", "--stored", "LOCATION::NONE")
    assert (none.exit_code, "no stored workflow LOCATION::NONE; there are " in none.output) == (1, True)


async def test_a_fragment_is_linted_over_what_it_lies_over(folder: Path) -> None:
    file = lying(folder, called("core.SetState", status="NOWHERE"))
    as_json = ("lint", "--format", "json")
    over_stored = await run(folder, *as_json, str(file))
    assert codes(over_stored) >= {(NAME, "status-not-declared")}
    assert not any(code.endswith(("malformed", "missing")) for _, code in codes(over_stored))
    over_file = await run(folder, *as_json, str(folder / "workflows" / FILE), "--fragment", str(file))
    assert codes(over_file) >= {(NAME, "status-not-declared")}
    elsewhere = await run(
        folder, *as_json, str(file), "--connection", str(folder / "gone.json"), environment={"X": "Y"}
    )
    assert elsewhere.exit_code == 1
    assert "a fragment lies over the file of its workflow, or what is stored; " in elsewhere.output


async def test_a_new_major_version_and_an_old_one_are_pointed_out(folder: Path) -> None:
    file = changed(folder, description="major", name="LOCATION::MAJOR", entitySubtype="MAJOR", version="1.0")
    assert (await run(folder, "push", file, "--yes")).output.endswith("LOCATION::MAJOR is stored as 1.0\n")
    file = changed(folder, description="newer")
    major = await run(folder, "push", file, "--yes", "--new-major")
    assert "New entities will be of major version 2" in major.output
    assert major.output.endswith("LOCATION::MAJOR is stored as 2.0\n")
    file = changed(folder, description="older", version="1.0")
    minor = await run(folder, "push", file, "--yes")
    assert "Only entities of major version 1 follow it" in minor.output
    assert minor.output.endswith("LOCATION::MAJOR is stored as 1.1\n")
    assert (await run(folder, "pull", "LOCATION::MAJOR", "--version", "1.0", "--into", str(folder))).exit_code == 0
    assert json.loads((folder / "location_major.json").read_text("utf-8"))["description"] == "major"


async def test_what_penstock_refuses_is_told_line_by_line(folder: Path) -> None:
    ruleset = {"name": "X", "type": "LOCATION", "rules": [{"name": "A.b.Nope"}], "triggers": [{"status": "LOST"}]}
    document = json.loads((folder / "workflows" / FILE).read_text("utf-8"))
    file = changed(folder, rulesets=[*document["rulesets"], ruleset])
    refused = await run(folder, "push", file, "--yes")
    place = f"rulesets[{len(document['rulesets'])}]"
    assert refused.exit_code == 1
    assert f"\n  {place}.triggers[0].status is 'LOST'" in refused.output
    assert f"\n  {place}.rules[0].name is 'A.b.Nope', a rule that is not installed." in refused.output
    unchecked = await run(folder, "push", file, "--yes", "--without-rules")
    assert "Nope" not in unchecked.output.rpartition("Penstock refused it")[2]


async def test_credentials_may_come_from_the_environment(folder: Path) -> None:
    given = read_connection(folder / "connection.json")
    environment = {
        "PENSTOCK_URL": given.url,
        "PENSTOCK_ACCOUNT": given.account_id,
        "PENSTOCK_RETAILER": given.retailer_id,
        "PENSTOCK_USERNAME": given.username,
        "PENSTOCK_PASSWORD": given.password,
        "PENSTOCK_CLIENT_ID": given.client_id,
    }
    lacking = await run(folder, "pull", "--into", str(folder / "other"), environment=environment)
    assert (lacking.exit_code, "but not PENSTOCK_CLIENT_SECRET" in lacking.output) == (1, True)
    environment["PENSTOCK_CLIENT_SECRET"] = given.client_secret
    pulled = await run(folder, "pull", NAME, "--into", str(folder / "other"), environment=environment)
    assert pulled.exit_code == 0, pulled.output
    assert (folder / "other" / FILE).exists()


async def test_what_cannot_be_done_is_told(folder: Path) -> None:
    (folder / "bad.json").write_text("{")
    (folder / "list.json").write_text("[]")
    (folder / "nameless.json").write_text("{}")
    (folder / "shapeless.json").write_text('{"name": "A::B", "rulesets": [{}], "statuses": []}')
    for file, message in (
        ("bad.json", "cannot be read as JSON"),
        ("list.json", "must hold one workflow"),
        ("nameless.json", "has neither a name nor entityType and entitySubtype"),
        ("shapeless.json", "rulesets must be a list of objects with name and type"),
    ):
        for verb, code in (("push", 1), ("diff", 2)):
            found = await run(folder, verb, str(folder / file))
            assert (found.exit_code, message in found.output) == (code, True), found.output
    unknown = await run(folder, "pull", "ORDER::NONE")
    assert (unknown.exit_code, "there is no ORDER::NONE; there are: " in unknown.output) == (1, True)
    elsewhere = await run(folder, "diff", str(folder / "workflows"), "--retailer", "999")
    assert (elsewhere.exit_code, "no difference" in elsewhere.output) == (1, False)
    twice = await run(folder, "diff", str(folder / "workflows"), str(folder / "workflows" / FILE))
    assert f"is {NAME}, too" in twice.output
    gone = await run(folder, "pull", "--connection", str(folder / "gone.json"), environment={"X": "Y"})
    assert "gone.json does not exist" in gone.output
