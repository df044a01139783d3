"""``penstock plugin``: rules of one's own on a running Penstock, over its REST API."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penstock.cli.connecting import NO_RETAILER, connected, connection_option, told, transport
from penstock.demo.client import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from penstock.demo.client.transport import Transport

_PATH = "/orchestration/rest/v1/plugin"


@click.group()
def plugin() -> None:
    """Upload, install and list plugins: wheels of rules that run in a process of their own."""


@plugin.command()
@click.argument("wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--install", "at_once", is_flag=True, help="Make it the active version, too.")
@connection_option
def upload(wheel: Path, connection: Path | None, *, at_once: bool) -> None:
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
@connection_option
def install(bundle: str, connection: Path | None) -> None:
    """Make a version of a BUNDLE the active one: ACME.loyalty::1.0.3. An older one is the way back."""

    async def run(penstock: Transport) -> None:
        _show(await penstock.post(f"{_PATH}/install", {"bundleName": bundle}))

    _run(connection, run)


@plugin.command()
@click.argument("bundle")
@connection_option
def status(bundle: str, connection: Path | None) -> None:
    """Show the state of a version of a BUNDLE: ACME.loyalty::1.0.3."""

    async def run(penstock: Transport) -> None:
        _show(await penstock.get(f"{_PATH}/{bundle}/status", {}))

    _run(connection, run)


@plugin.command("list")
@click.option("--all", "everybodys", is_flag=True, help="Those of the library and of installed packages, too.")
@connection_option
def list_(connection: Path | None, *, everybodys: bool) -> None:
    """List the rules of active bundles, as workflows name them."""

    async def run(penstock: Transport) -> None:
        listed = sorted((await penstock.get(_PATH, {})).items())
        chosen = [(name, about) for name, about in listed if everybodys or about.get("bundle")]
        for name, about in chosen:
            click.echo(f"{name}  {about['description']}")
        if not chosen:
            click.echo("No bundle is active; --all lists the rules that every account has.", err=True)

    _run(connection, run)


def _run(connection: Path | None, work: Callable[[Transport], Awaitable[None]]) -> None:
    async def within() -> None:
        async with transport(connected(connection, NO_RETAILER)) as penstock:
            try:
                await work(penstock)
            except RefusedError as error:
                raise told(error) from None

    asyncio.run(within())


def _full(bundle: dict[str, Any]) -> str:
    return f"{bundle['bundleName']}::{bundle['bundleVersion']}"


def _show(bundle: dict[str, Any]) -> None:
    click.echo(f"{_full(bundle)} is {bundle['bundleStatus']}: {', '.join(bundle['rules'])}")
