"""Uploaded rules that loop, sleep, raise, return nonsense, take 10 GB or send 100,000 events (issue 4).

Each is contained and reported in the audit; the events beside it succeed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bundles import audit, deploy, stores, wheel
from stage import Place

from penstock.demo.load.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stage import Stage

    from running import Node, Running

pytest_plugins = ["worlds"]

HOSTILE = '''
import os, signal, socket, subprocess, time
from penstock.rules import Context, Log, RuleError, RuleExecutionError, SendEvent, Update, rule
from penstock.rules.questions import ById

def declare(name):
    return rule("hostile." + name, name, accepts=["LOCATION"])

@declare("Loop")
def loop(context):
    while True:
        pass

@declare("Sleep")
def sleep(context):
    time.sleep(1000)

@declare("Wait")
def wait(context):
    while not os.path.exists(context.attribute("path")):
        time.sleep(0.01)

@declare("Swallow")
def swallow(context):
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass

@declare("Raise")
def raise_(context):
    raise KeyError("colour")

@declare("Refuse")
def refuse(context):
    raise RuleError("no such colour", 422)

@declare("Nonsense")
def nonsense(context):
    return ["nonsense"]

@declare("Text")
def text(context):
    return "hello"

@declare("Number")
def number(context):
    return 42

@declare("Allocate")
def allocate(context):
    return [Log("never", str(len(b"x" * (10 << 30))))]

@declare("Grow")
def grow(context):
    kept = []
    while True:
        kept.append(bytes(1 << 20))

@declare("Flood")
def flood(context):
    return [SendEvent("Fine") for _ in range(100_000)]

@declare("Huge")
def huge(context):
    return [SendEvent("Fine", attributes={"text": "x" * (17 << 20)})]

@declare("Die")
def die(context):
    os.kill(os.getpid(), signal.SIGKILL)

@declare("Exit")
def exit_(context):
    raise SystemExit(3)

@declare("Recurse")
def recurse(context):
    return recurse(context)

@declare("Strange")
def strange(context):
    return [Update(context.entity, {"no_such_column": 1})]

@declare("Steal")
def steal(context):
    return [Update(context.entity, {"status": ["a", "list"]})]

@declare("Look")
def look(context):
    """Say what this process can reach."""
    found = {"environment": sorted(os.environ), "user": os.geteuid(), "files": sorted(os.listdir("/proc/self/fd"))}
    for name, reach in (
        ("network", lambda: socket.create_connection(("127.0.0.1", int(context.attribute("port"))), 1)),
        ("program", lambda: subprocess.run(["true"])),
        ("file", lambda: os.write(os.open(context.attribute("path"), os.O_CREAT | os.O_WRONLY), b"here")),
        ("parent", lambda: open("/proc/%d/environ" % os.getppid()).read()),
    ):
        try:
            reach()
            found[name] = True
        except (OSError, ValueError) as error:
            found[name] = False
    return [Log("Found", "it", found)]

@declare("Mark")
async def mark(context):
    """Ask, so that the call waits while others are hostile."""
    again = await context.ask(ById("Location", context.entity.id))
    value = [{"name": "marked", "type": "STRING", "value": again.ref}]
    return [Update(context.entity, {"attributes": value})]
'''
CASES = {
    "Loop": "it was not done after 2 s",
    "Sleep": "it was not done after 2 s",
    "Swallow": "it was not done after 2 s",
    "Raise": "KeyError: 'colour'",
    "Refuse": "no such colour",
    "Nonsense": "TypeError: a rule returns actions, not 'nonsense'",
    "Text": "TypeError: a rule returns a list of actions, not 'hello'",
    "Number": "TypeError: a rule returns a list of actions, not 42",
    "Allocate": "MemoryError",
    "Grow": "MemoryError",
    "Flood": "ValueError: rule hostile.Flood returns more than 10000 actions",
    "Huge": "allowed",
    "Die": "its process was killed by SIGKILL",
    "Exit": "SystemExit: 3",
    "Recurse": "RecursionError",
    "Strange": "a plugin cannot change location.no_such_column",
    "Steal": "location.status cannot be ['a', 'list']",
}
INNOCENT = ("SYD-01", "SYD-02", "MEL-01")
ALL = (*CASES, "Wait", "Look", "Mark")


async def _prepared(stage: Stage) -> Running:
    penstock = stage.penstock
    await stage.open(Place("BAD-01", "STORE", -33.9, 151.0))
    await penstock.settle()
    await stores(penstock, **{name: [(f"PENSTOCK.hostile.{name}", {})] for name in ALL})
    await deploy(penstock, wheel("hostile", HOSTILE))
    return penstock


async def _exception(penstock: Running, id_: str) -> Node:
    (entry,) = [e for e in await audit(penstock, id_) if e["category"] == "exception"]
    return {"rule": entry["name"], **{a["name"]: a["value"] for a in entry["attributes"]}}


async def test_hostile_rules_fail_by_name_and_harm_nobody_else(strict_shop: Stage) -> None:
    penstock = await _prepared(strict_shop)

    bad = {name: await penstock.post(name, "LOCATION", "BAD-01") for name in CASES}
    good = [await penstock.post("Mark", "LOCATION", ref) for ref in INNOCENT for _ in range(5)]
    await penstock.settle()

    for name, id_ in bad.items():
        said = await _exception(penstock, id_)
        assert (await penstock.event_by_id(id_))["eventStatus"] == "FAILED", name
        assert said["rule"] == f"PENSTOCK.hostile.{name}"
        assert CASES[name] in f"{said['cause']}: {said['message']}", name
    for id_ in good:
        assert (await penstock.event_by_id(id_))["eventStatus"] == "SUCCESS", await audit(penstock, id_)
    theirs = {"Sleep": "time.sleep(1000)", "Raise": 'raise KeyError("colour")', "Refuse": 'raise RuleError("no such'}
    for name, line in theirs.items():
        assert line in (await _exception(penstock, bad[name]))["stackTrace"], name
    assert await penstock.send("Mark", "LOCATION", "BAD-01") == "SUCCESS"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user of the machine may write to."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o777)
        yield Path(made)


async def test_others_do_not_wait_for_a_rule_that_takes_its_time(patient_shop: Stage, open_folder: Path) -> None:
    penstock = await _prepared(patient_shop)
    go = open_folder / "go"

    async def status(*ids: str) -> set[str]:
        return {(await penstock.event_by_id(id_))["eventStatus"] for id_ in ids}

    async def innocent() -> bool:
        return await status(*quick) == {"SUCCESS"}

    slow = await penstock.post("Wait", "LOCATION", "BAD-01", {"path": str(go)})
    behind = await penstock.post("Mark", "LOCATION", "BAD-01")  # in the same lane
    quick = [await penstock.post("Mark", "LOCATION", ref) for ref in INNOCENT]
    await until(innocent, "the others wait", seconds=60)

    assert await status(slow, behind) == {"PENDING"}
    go.touch()
    await penstock.settle()
    assert await status(slow, behind) == {"SUCCESS"}


async def test_a_rule_that_has_asked_does_not_wait_for_the_one_that_has_its_process_since(
    patient_shop: Stage, open_folder: Path
) -> None:
    penstock = await _prepared(patient_shop)
    path = {"path": str(open_folder / "go")}
    slow = [penstock.post("Wait", "LOCATION", "BAD-01", path)]

    # Posted at once: a batch has them all, some of the quick ones before the slow one, in the same process.
    quick = await asyncio.gather(*(penstock.post("Mark", "LOCATION", ref) for ref in INNOCENT * 5), *slow)

    async def innocent() -> bool:
        return {(await penstock.event_by_id(id_))["eventStatus"] for id_ in quick[:-1]} == {"SUCCESS"}

    await until(innocent, "the others wait", seconds=60)
    (open_folder / "go").touch()
    await penstock.settle()


async def test_the_process_of_a_plugin_reaches_little(
    strict_shop: Stage, monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", "postgresql://user:secret@db/penstock")
    penstock = await _prepared(strict_shop)
    port = penstock.url.rpartition(":")[2]

    id_ = await penstock.post("Look", "LOCATION", "BAD-01", {"port": port, "path": str(open_folder / "file")})
    await penstock.settle()

    (entry,) = [e for e in await audit(penstock, id_) if e["category"] == "CUSTOM"]
    found = {a["name"]: a["value"] for a in entry["attributes"]}
    assert not {name for name in found["environment"] if name.startswith("PENSTOCK")}
    assert len(found["files"]) <= 6  # three to nowhere, two pipes, and the folder that lists them
    assert not found["file"]
    if os.geteuid() == 0:
        assert found["user"] != 0
        assert (found["network"], found["program"], found["parent"]) == (False, False, False)
