"""``python -m bench.plugins``: what a call of an uploaded plugin's rule costs beyond that of an installed one."""

from __future__ import annotations

import io
import os
import time
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

import uvloop

from bench.tools import cpu, memory
from bench.tools.table import Row, show
from penstock.model.rows import row_type
from penstock.orchestration.batch import Batch
from penstock.orchestration.configuration import Configuration
from penstock.orchestration.driver import Driver
from penstock.orchestration.execution import execute_run
from penstock.orchestration.records import ActivePlugin, PendingEvent
from penstock.orchestration.run import Run
from penstock.orchestration.workflow import Workflow, Workflows
from penstock.plugins.hosts.answering import Hosts
from penstock.plugins.hosts.calls import Step
from penstock.plugins.hosts.process import Limits, Process
from penstock.plugins.resolving import Plugins
from penstock.rules import Prop, Rule, SendEvent
from penstock.rules.questions import Setting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

RUNS, ROUNDS = 200, 15
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SOURCE = """
from penstock.rules import Prop, SendEvent, rule
from penstock.rules.questions import Setting
to = Prop("eventName", "")
@rule("bench.Send", "", to)
def send(context):
    return [SendEvent(context.prop("eventName"))]
@rule("bench.Look", "", to)
def look(context):
    return [SendEvent(context.prop("eventName"))] if context.many(context.entity, "items") else []
@rule("bench.Ask", "", to)
async def ask(context):
    return [SendEvent(context.prop("eventName"))] if await context.ask(Setting("S")) else []
"""
NAMES = ("Send", "Look", "Ask")


def wheel() -> bytes:
    """Return the bundle."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("bench_rules.py", SOURCE)
    return packed.getvalue()


def send(context: Any) -> Any:
    """Do in the worker what the plugin does."""
    return [SendEvent(context.prop("eventName"))]


def look(context: Any) -> Any:
    """Look at the lines."""
    return [SendEvent(context.prop("eventName"))] if context.many(context.entity, "items") else []


async def ask(context: Any) -> Any:
    """Ask for a setting."""
    return [SendEvent(context.prop("eventName"))] if await context.ask(Setting("S")) else []


def run_of(name: str) -> Run:
    """Return one order of ten lines with an event for it."""
    place: dict[str, Any] = {"entity_type": "ORDER", "entity_id": 7, "root_type": "ORDER", "root_id": 7}
    event = PendingEvent(id=uuid.uuid4(), lane=1, name=name, retailer_id=1, attributes={}, created=NOW, **place)
    run = Run(1, [event])
    workflow: dict[str, Any] = {"workflow_ref": "ORDER::HD", "workflow_version": 1, "retailer_id": 1}
    run.keep(row_type("Order")(id=7, ref="7", type="HD", status="BOOKED", **workflow))
    for number in range(10):
        run.keep(row_type("OrderItem")(id=100 + number, ref=str(number), order_id=7, quantity=1, retailer_id=1))
    return run


@dataclass
class Cost:
    """Microseconds a call: on the clock, of this process's CPU, of the plugin's."""

    clock: float
    own: float
    theirs: float


async def cost_of(name: str, resolve: Callable[[str], Rule | None], answerers: Any, plugin: Sequence[int]) -> Cost:
    """Drive many orders through one rule, again and again; ``plugin`` are the processes that it runs in."""
    call = {"name": f"ACME.bench.{name}", "props": {"eventName": "Nobody"}}
    ruleset = {"name": name, "type": "ORDER", "triggers": [], "rules": [call]}
    configuration = Configuration(1)
    document = {"entityType": "ORDER", "entitySubtype": "HD", "version": "1.0", "rulesets": [ruleset]}
    configuration.workflows = Workflows([Workflow(document)], [1])
    nothing: Any = None
    clocks: list[float] = []
    own, theirs = time.process_time(), sum(map(cpu.of_process, plugin))
    for _ in range(ROUNDS):
        batch = Batch("ACME", configuration, NOW, nothing, nothing, resolve)
        runs = [run_of(name) for _ in range(RUNS)]
        began = time.perf_counter()
        driver = Driver(answerers, batch)
        await driver.drive([execute_run(run, batch) for run in runs])
        while driver.left:
            await driver.resume(*driver.left.pop())
        clocks.append(time.perf_counter() - began)
        assert all(run.records[0].status == "SUCCESS" for run in runs), runs[0].records[0].failure
    scale = 1e6 / RUNS / ROUNDS
    spent = sum(map(cpu.of_process, plugin)) - theirs
    return Cost(median(clocks) * 1e6 / RUNS, (time.process_time() - own) * scale, spent * scale)


async def _settings(_batch: Batch, asks: Sequence[Any]) -> Sequence[Any]:
    return [1 for _ in asks]


async def _content(_digest: str) -> bytes:
    return wheel()


async def measure() -> list[Row]:
    """Return what calls cost."""
    began = time.perf_counter()
    process = Process(Limits())
    await process.start(wheel(), ["bench_rules"])
    started = time.perf_counter() - began
    (pid,) = cpu.children(os.getpid())
    rows = [Row("start of a process", f"{started:.2f} s, {memory.resident(pid):.0f} MB")]
    configuration = Configuration(1)
    configuration.plugins = [ActivePlugin("ACME.bench", "1", "x", ("bench_rules",), process.rules)]
    await process.kill()
    hosts = Hosts(Limits(), _content)
    uploaded = Plugins(hosts, lambda _: None)(configuration)
    props = (Prop("eventName", ""),)
    functions: dict[str, Callable[[Any], Awaitable[Any] | Any]] = {"Send": send, "Look": look, "Ask": ask}
    installed = {f"ACME.bench.{n}": Rule(f"bench.{n}", "", (), props, function=f) for n, f in functions.items()}
    for rule in installed.values():
        rule.by_name.update({"eventName": props[0]})
    answerers = {Setting: _settings, Step: hosts.answer}
    await cost_of("Send", uploaded, answerers, ())  # starts the process, and another where that is slow
    plugin = cpu.children(os.getpid())
    for name in NAMES:
        inside = await cost_of(name, installed.get, answerers, ())
        outside = await cost_of(name, uploaded, answerers, plugin)
        rows.append(
            Row(
                f"{name}: beyond a rule in the worker, a call",
                f"{outside.clock - inside.clock:.0f} µs; CPU: worker {outside.own - inside.own:.0f} µs, "
                f"plugin {outside.theirs:.0f} µs",
            )
        )
    await hosts.close()
    return rows


if __name__ == "__main__":
    show("plugins", uvloop.run(measure()))
