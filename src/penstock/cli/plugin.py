"""``penstock plugin``: rules of one's own on a running Penstock, over its REST API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penstock.demo.client import read_connection
from penstock.demo.client.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PATH = "/orchestration/rest/v1/plugin"
_PATIENCE = 5.0  # seconds for a server that does not answer
_FILE = click.Path(dir_okay=False, path_type=Path)

_connection = click.option(
    "--connection",
    type=_FILE,
    default=Path(".penstock/connection.json"),
    show_default=True,
    help="File connection.json of a running Penstock.",
)


@click.group()
def plugin() -> None:
    """Upload, install and list plugins: wheels of rules that run in a process of their own."""


@plugin.command()
@click.argument("wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--install", "at_once", is_flag=True, help="Make it the active version, too.")
@_connection
def upload(wheel: Path, connection: Path, *, at_once: bool) -> None:
    """Store the bundle in the file WHEEL; it is used once it is installed."""
    content = wheel.read_bytes()

    async def run(penstock: Transport) -> None:
        stored = await penstock.upload(f"{_PATH}/upload", wheel.name, content)
        if at_once:
            stored = await penstock.post(f"{_PATH}/install", {"bundleName": _full(stored)})
        _show(stored)

    _run(connection, run)


@plugin.command()
@click.argument("bundle")
@_connection
def install(bundle: str, connection: Path) -> None:
    """Make a version of a BUNDLE the active one: ACME.loyalty::1.0.3. An older one is the way back."""

    async def run(penstock: Transport) -> None:
        _show(await penstock.post(f"{_PATH}/install", {"bundleName": bundle}))

    _run(connection, run)


@plugin.command()
@click.argument("bundle")
@_connection
def status(bundle: str, connection: Path) -> None:
    """Show the state of a version of a BUNDLE: ACME.loyalty::1.0.3."""

    async def run(penstock: Transport) -> None:
        _show(await penstock.get(f"{_PATH}/{bundle}/status", {}))

    _run(connection, run)


@plugin.command("list")
@_connection
def list_(connection: Path) -> None:
    """List the rules that workflows of the account can name."""

    async def run(penstock: Transport) -> None:
        for name, about in sorted((await penstock.get(_PATH, {})).items()):
            click.echo(f"{name}  {about['description']}")

    _run(connection, run)


def _run(connection: Path, work: Callable[[Transport], Awaitable[None]]) -> None:
    async def within() -> None:
        async with Transport(read_connection(connection), patience=_PATIENCE) as penstock:
            await work(penstock)

    asyncio.run(within())


def _full(bundle: dict[str, Any]) -> str:
    return f"{bundle['bundleName']}::{bundle['bundleVersion']}"


def _show(bundle: dict[str, Any]) -> None:
    click.echo(f"{_full(bundle)} is {bundle['bundleStatus']}: {', '.join(bundle['rules'])}")
