"""``penstock docs``: the pages of docs/reference/ that follow from the code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.rule.page import rules_page, table
from penstock.model.registry import MODEL
from penstock.rules import REGISTRY
from penstock.workflows.documents import reference

if TYPE_CHECKING:
    from collections.abc import Iterable

_GENERATED = "<!-- Written by `penstock docs`; change the code, not this page. -->\n"
_EVENTS = """
# Events

What each reference workflow does with which event. Another event, or the same one in another status, is stored
as `NO_MATCH` and changes nothing. `any` means that the status does not matter. Refs are shown for the
account `PENSTOCK` and the retailer `1`.
"""
_LISTS = """
# Lists

Lists at the root begin with the newest. These filters find their rows by an index, alone or, joined by *and*,
together, whatever is stored; so do pages of them, wherever they begin, and any of them with `createdOn` or
`retailerId`. With `updatedOn`, or other ranges of dates, the cost grows with the rows in the range.

Other filters have to look through rows. An operation that needs them and takes longer than a second is given up with
the error `C0001E`, which says what to add. Lists that are not named here have few rows.
"""


@click.command(hidden=True)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs/reference"))
def docs(folder: Path) -> None:
    """Write the generated reference pages into FOLDER."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return the generated pages by file name."""
    from penstock.app import openapi_text, schema_text

    return {
        "rules.md": _GENERATED + rules_page(REGISTRY.values()),
        "events.md": _GENERATED + _EVENTS + "".join(_workflow(d) for d in reference("PENSTOCK", 1)),
        "lists.md": _GENERATED + _LISTS + "\n" + table(("list", "filters with an index"), _lists()),
        "schema.graphql": schema_text() + "\n",
        "openapi.json": openapi_text() + "\n",
    }


def _lists() -> Iterable[tuple[str, ...]]:
    for entity in sorted(MODEL.entities, key=lambda e: e.plural or ""):
        if entity.plural and entity.listed_by:
            yield f"`{entity.plural}`", ", ".join(" and ".join(f"`{w}`" for w in t.split()) for t in entity.listed_by)


def _workflow(document: dict[str, Any]) -> str:
    header = ("event", "to", "in status", "what it does", "rules")
    return f"\n## {document['name']}\n\n{document['description']}.\n\n" + table(
        header, map(_ruleset, document["rulesets"])
    )


def _ruleset(ruleset: dict[str, Any]) -> tuple[str, ...]:
    event = ruleset["name"] + ("" if ruleset["eventType"] == "NORMAL" else f" ({ruleset['eventType']})")
    statuses = ", ".join(t["status"] for t in ruleset["triggers"]) or "any"
    rules = ", ".join(r["name"].partition(".")[2] for r in ruleset["rules"]) or "none"
    return event, ruleset["type"], statuses, ruleset["description"], rules
