"""``penstock workflow lint``: given files, when the command runs, then it reads like a report and ends like a check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from lintdocuments import changed, clean, put, state

from penstock.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["workflow", "lint", *arguments])


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(changed(put(2, rules=[{"name": "ACME.price.Nowhere", "props": {}}, state("OVER")]))))
    return str(file)


def test_the_reference_workflows_pass() -> None:
    everything, two = run(), run("--infos", "ORDER::HD", "INVENTORY_CATALOGUE::DEFAULT")
    assert (everything.exit_code, two.exit_code) == (0, 0), everything.output + two.output
    assert everything.output == "13 infos (--infos shows what is only worth a look)\n"
    assert "VIRTUAL_CATALOGUE, whose workflow is not looked at" in " ".join(two.output.split())


def test_an_error_ends_with_exit_code_1_and_tells_place_and_advice(wrong: str) -> None:
    result = run(wrong)
    assert result.exit_code == 1
    for part in ("error", "ORDER::HD", 'rulesets[2] "Close" > rules[0]', "price.Nowhere is not installed", "1 error"):
        assert part in result.output


def test_what_is_said_of_several_places_is_said_once(tmp_path: Path) -> None:
    nowhere = {"name": "ACME.price.Nowhere", "props": {}}
    for name in ("ORDER::HD", "ORDER::CC"):
        document = changed(put(2, rules=[nowhere, nowhere, state("OVER")]))
        (tmp_path / f"{name[-2:]}.json").write_text(json.dumps({**document, "name": name, "entitySubtype": name[-2:]}))
    result = run(str(tmp_path))
    assert (result.exit_code, result.output.count("price.Nowhere is not installed")) == (1, 1), result.output
    assert result.output.count('rulesets[2] "Close" > rules[') == 4
    assert (result.output.count("ORDER::HD"), result.output.count("ORDER::CC")) == (1, 1)
    assert result.output.endswith("\n4 errors\n")


def test_infos_are_shown_to_those_who_ask(wrong: str) -> None:
    assert "never-started" not in run("LOCATION::STORE").output
    for asked in (("--infos",), ("--fail-on", "info")):
        result = run(*asked, "LOCATION::STORE")
        assert "never-started" in result.output
        assert result.output.endswith(" infos\n")
    assert run("--infos", wrong).output == run(wrong).output
    assert "never-started" in run("--format", "json", "LOCATION::STORE").output


def test_json_is_for_machines(wrong: str) -> None:
    result = run(wrong, "--format", "json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.output)
    assert (finding["code"], finding["severity"]) == ("rule-not-installed", "error")
    assert finding.keys() == {"code", "severity", "workflow", "place", "message", "advice"}


def test_a_folder_is_all_of_its_documents_and_silence_is_told(tmp_path: Path) -> None:
    (tmp_path / "clean.json").write_text(json.dumps(clean()))
    result = run(str(tmp_path))
    assert (result.exit_code, result.output) == (0, "nothing to say\n")


def test_warnings_may_fail_too() -> None:
    assert run("--fail-on", "warning").exit_code == 0
    assert run("--fail-on", "info").exit_code == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read as JSON"), ("[]", "must hold one workflow document"), (None, "is no file")],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "broken.json"
    if content is not None:
        file.write_text(content)
    result = run(str(file))
    assert result.exit_code == 1
    assert "broken.json" in result.output
    assert message in result.output
