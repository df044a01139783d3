"""Scenarios from files, which tables a fork gets, and the picture."""

from __future__ import annotations

import io
import json
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from simulationcases import placed, two_orders

from penstock.cli.compared import print_report
from penstock.database.embedded.directory import DataDirectory
from penstock.errors import PenstockError
from penstock.model.tables import metadata
from penstock.simulation.fork.carried import carried, expression
from penstock.simulation.fork.server import sweep
from penstock.simulation.picture import drawn
from penstock.simulation.report import Terms
from penstock.simulation.scenario.reading import in_words, read_scenario
from penstock.simulation.scenario.shapes import Cost, Promise, Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.simulation.report import Report

ODD = '<b> [/b] & "ß"'

MISTAKES: list[tuple[Any, str]] = [
    ([], "is no scenario: Expected `object`, got `array`"),
    ({"stocks": []}, "stocks"),
    ({"stock": [{"product": "A", "location": "B", "count": "3"}]}, "`$.stock[0].count`"),
    ({"stock": [{"product": "A", "location": "B", "count": -1}]}, "`$.stock[0].count`"),
    ({"stock": [{"product": "A", "location": "B"}]}, "stock[0] gives neither count nor factor"),
    (
        {"stock": [{"product": "A", "location": "B", "count": 1, "factor": 1}]},
        "stock[0] gives neither count nor factor",
    ),
    ({"stock": [{"factor": 2}]}, "stock[0] names neither product nor location"),
    ({"stock": [{"product": "A", "count": 2}]}, "stock[0] gives a count, which needs both"),
    ({"settings": [{"name": "A", "value": 1, "context": "GLOBAL"}]}, "`$.settings[0].context`"),
    ({"settings": [{"name": "A", "value": None}]}, "settings[0] gives A the value null"),
    ({"mutations": [{"a": {}, "b": {}}]}, "mutations[0] names a, b"),
    ({"mutations": [{}]}, "mutations[0] names nothing"),
    ({"cost": {"perKm": -1}}, "`$.cost.perKm`"),
    ({"workflows": ["none.json"]}, "none.json does not exist"),
]


@pytest.mark.parametrize(("parts", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, parts: Any, message: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(parts))
    with pytest.raises(PenstockError) as caught:
        read_scenario(file)
    assert message in caught.value.message
    assert str(tmp_path) in caught.value.message


def test_what_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{")
    with pytest.raises(PenstockError, match=r"no\.json is not JSON"):
        read_scenario(tmp_path / "no.json")


def test_a_scenario_in_words(tmp_path: Path) -> None:
    file = tmp_path / "much.json"
    parts = {
        "locations": [{"ref": "S", "status": "INACTIVE"}],
        "networks": [{"ref": "HD", "add": ["A"], "remove": ["B"]}],
        "settings": [{"name": "N", "value": 3, "location": "S"}],
        "controls": [
            {"type": "EXCLUSION", "about": "P"},
            {"type": "X", "about": "P", "remove": True},
            {"type": "B", "about": "P", "value": 0},
        ],
        "stock": [{"location": "S", "factor": 0.5}, {"product": "P", "location": "S", "count": 0}],
        "profiles": [{"ref": "HD_STANDARD"}],
    }
    file.write_text(json.dumps(parts))
    found = read_scenario(file)
    assert found.name == "much"
    assert in_words(found) == [
        "S INACTIVE",
        "A joins HD",
        "B leaves HD",
        "N = 3 at S",
        "profile HD_STANDARD",
        "EXCLUSION P",
        "X P removed",
        "B P 0",
        "all at S: times 0.5",
        "P at S: 0",
    ]


def test_the_baseline_is_measured_as_the_first_scenario_that_says_how() -> None:
    scenarios = [Scenario(), Scenario(cost=Cost(1, 2)), Scenario(cost=Cost(3, 4), promise=Promise(hours=9))]
    terms = Terms.of(scenarios)
    assert terms == Terms(Cost(1, 2), Promise(hours=9))
    assert [terms.own(s).cost for s in (None, *scenarios)] == [Cost(1, 2), Cost(1, 2), Cost(1, 2), Cost(3, 4)]
    assert Terms.of([]) == Terms(Cost(), Promise())


def test_a_fork_gets_no_queue_no_log_no_outbox_and_no_secret() -> None:
    assert not {"pending_event", "event", "outbox", "webhook_key", "delivery_attempt", "job", "batch"} & set(carried())
    assert {"orders", "inventory_quantity", "network_location", "workflow", "setting"} <= set(carried())
    secret = [(t, c.name) for t in carried() for c in metadata.tables[t].columns if c.name.endswith("hash")]
    assert secret
    assert {expression(*each) for each in secret} == {"NULL"}


def test_what_was_killed_is_removed_though_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    DataDirectory(left := tmp_path / "forks" / "killed").close()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    sweep(tmp_path)
    assert not left.exists()


def _picture(report: Report) -> ET.Element:
    return ET.fromstring(drawn(report))  # noqa: S314 - Penstock drew this XML itself a moment ago


def test_the_picture_is_well_formed_whatever_things_are_called() -> None:
    report = two_orders(ODD)
    root = _picture(report)
    texts = "".join(root.itertext())
    assert ODD in texts
    assert "Orders by how often they are split" in texts
    assert len(root.findall(".//{*}circle")) >= 3
    report.places.clear()
    for each in report.variants:
        each.placed.clear()
    assert "others" not in "".join(_picture(report).itertext()), "no map without a place"


def test_the_tables_show_things_whatever_they_are_called() -> None:
    shown = io.StringIO()
    print_report(two_orders(ODD), Console(file=shown, width=200))
    lines = shown.getvalue().splitlines()
    assert f"{ODD}: 2 orders are served otherwise" in [line.strip() for line in lines]
    assert any(line.split() == [*ODD.split(), "-", "2", "100.0%"] for line in lines), "who sends how much"


def test_of_many_problems_the_first_are_listed_and_the_others_counted() -> None:
    report = two_orders("closed")
    report.variants[0].placed[:] = [placed(f"O{n}", problem="refused: no [/] stock") for n in range(20)]
    shown = io.StringIO()
    print_report(report, Console(file=shown, width=200))
    assert shown.getvalue().count("refused: no [/] stock") == 15
    assert "and 5 more problems; --json lists all" in shown.getvalue()
