"""``penstock webhook``: the keys that webhooks are signed with."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from penstock.bootstrap import ACCOUNT
from penstock.cli.options import data_option, running_database_url
from penstock.database.embedded.directory import secret_file
from penstock.database.placement import Placement
from penstock.delivery.keys.forms import fingerprint, pem
from penstock.delivery.keys.sealing import read_secret
from penstock.settings import Settings

if TYPE_CHECKING:
    import uuid
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from penstock.delivery.keys.store import Keys

_account_option = click.option("--account", default=ACCOUNT, show_default=True, help="Whose keys.")


@click.group()
def webhook() -> None:
    """Look at the keys of webhooks' signatures, and change them."""


@webhook.command()
@_account_option
@click.option("--pem", "in_pem", is_flag=True, help="Print the public key that signs in PEM, and nothing else.")
@data_option
def keys(account: str, data: Path, *, in_pem: bool) -> None:
    """List the keys: their ids, states, sizes and the SHA-256 of their public halves."""
    _with_keys(account, data, _print_pem if in_pem else _print_all)


@webhook.command()
@_account_option
@click.option("--prepare", is_flag=True, help="Make and publish the next key, but do not sign with it yet.")
@data_option
def rotate(account: str, data: Path, *, prepare: bool) -> None:
    """Sign with the prepared key from now on, or with a fresh one.

    The last key stays published until it is retired.
    """

    async def change(own: Keys) -> None:
        await (own.prepare() if prepare else own.rotate())
        await _print_all(own)

    _with_keys(account, data, change)


@webhook.command()
@click.argument("key", type=click.UUID)
@_account_option
@data_option
def retire(key: uuid.UUID, account: str, data: Path) -> None:
    """Publish KEY no longer, and forget its private half."""

    async def change(own: Keys) -> None:
        await own.retire(key)
        await _print_all(own)

    _with_keys(account, data, change)


def _with_keys(account: str, data: Path, use: Callable[[Keys], Awaitable[None]]) -> None:
    asyncio.run(_using_keys(account, data, use))


async def _using_keys(account: str, data: Path, use: Callable[[Keys], Awaitable[None]]) -> None:
    from penstock.app import SYSTEM_CLOCK, webhook_keys

    settings = Settings.from_environment()
    settings = replace(settings, secret=settings.secret or read_secret(secret_file(data)))
    placement = await Placement.open(running_database_url(settings, data))
    try:
        await use(webhook_keys(await placement.database(account), SYSTEM_CLOCK, settings))
    finally:
        await placement.close()


async def _print_all(own: Keys) -> None:
    for key in await own.all():
        click.echo(f"{key.id}  {key.state:<8}  {key.bits}  {key.created:%Y-%m-%d %H:%M}  {fingerprint(key.rsa_public)}")


async def _print_pem(own: Keys) -> None:
    for key in (await own.published())[:1]:
        click.echo(pem(key.rsa_public), nl=False)
