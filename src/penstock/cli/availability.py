"""``penstock availability``: why so much of a product can be sold, over the REST API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from penstock.cli.connecting import connected, connection_option, told, transport
from penstock.demo.client import RefusedError
from penstock.diagnosis.availability.shapes import AtLocation, Explanation, Explanations, ToldControl

if TYPE_CHECKING:
    from pathlib import Path

_PATH = "/api/v4.1/availability/explain"


@click.command()
@click.argument("product")
@click.option("--catalogue", default="", help="Ref of the virtual catalogue; BASE: and the retailer's id by default.")
@click.option("--location", "locations", multiple=True, help="Only at this location; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@connection_option
def availability(
    product: str, catalogue: str, locations: tuple[str, ...], connection: Path | None, *, as_json: bool
) -> None:
    """Explain how much of the PRODUCT a virtual catalogue shows: what is on hand, less what is held back."""
    found = asyncio.run(_asked(connection, product, catalogue, locations))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)))
    else:
        _show(Console(highlight=False), msgspec.convert(found, Explanations))


async def _asked(file: Path | None, product: str, catalogue: str, locations: tuple[str, ...]) -> Any:
    connection = connected(file, None)
    wanted = {"virtualCatalogueRef": catalogue or f"BASE:{connection.retailer_id}", "productRef": product}
    query = urlencode([*wanted.items(), *(("locationRef", ref) for ref in locations)])
    try:
        async with transport(connection) as penstock:
            return await penstock.get(f"{_PATH}?{query}", {})
    except RefusedError as error:
        raise told(error) from error


def _show(console: Console, found: Explanations) -> None:
    networks = ", ".join(f"{n.ref} ({n.status})" for n in found.networks) or "no network"
    group = f"controls of {found.control_group_ref} ({found.control_group_status})" if found.control_group_ref else ""
    console.print(Text(f"{found.virtual_catalogue_ref}, {found.type}, over {networks}; {group or 'no controls'}"))
    if not found.promises:
        console.print(Text("Its networks are INACTIVE: nothing of it is promised.", style="red"))
    for explanation in found.results:
        console.print(_table(explanation))
    if not found.results:
        console.print(Text("No location has, or shows, this product."))
    if found.has_more:
        console.print(Text("There are more locations: name those that you mean."))


def _table(explanation: Explanation) -> Table:
    table = Table(title=_title(explanation), title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    table.add_column("what")
    table.add_column("units", justify="right")
    table.add_column("total", justify="right")
    own = explanation.locations[0] if explanation.locations else None
    if own is not None and own.location_ref == explanation.group_ref:
        for step in own.position.steps if own.position else ():
            table.add_row(f"  {step.what}, {step.rows} rows", f"{step.units:+}", str(step.total))
    else:
        for place in explanation.locations:
            table.add_row(Text(f"  {_place(place)}"), f"{place.quantity:+}", "")
    for step in explanation.steps:
        table.add_row(Text(step.what), f"{step.units:+}", str(step.total))
    for control in explanation.controls:
        table.add_row(Text(_control(control)), "", "")
    return table


def _title(explanation: Explanation) -> Text:
    stored = "nothing is stored" if explanation.stored is None else f"stored {explanation.stored.quantity}"
    agrees = "as computed" if explanation.equal else f"but computed {explanation.quantity}"
    status = "" if explanation.stored is None else f", {explanation.stored.status}"
    return Text(f"{explanation.product_ref} at {explanation.group_ref}: {stored}{status}, {agrees}")


def _place(place: AtLocation) -> str:
    status = "" if place.location_status == "ACTIVE" else f" ({place.location_status})"
    return f"{place.location_ref}{status}"


def _control(control: ToldControl) -> str:
    lost = "decides" if control.lost is None else f"does not decide: {control.lost}"
    return f"  control {control.ref} ({control.value}) {lost}"
