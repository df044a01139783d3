"""``penstock account``: the accounts of an installation."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import click

from penstock.cli.options import data_option, running_database_url
from penstock.database.placement import Placement
from penstock.errors import NotFoundError, UniqueConstraintError
from penstock.identity.bootstrap import create_first_administrator
from penstock.identity.clients import SHARED, bind_service_user, keep_shared_client
from penstock.identity.users import user_by_name
from penstock.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def account() -> None:
    """Manage accounts: isolated installations in one."""


_server_option = click.option(
    "--database-url", default="", help="A server to place it on; by default that of the control database."
)


@account.command()
@click.argument("name")
@_server_option
@data_option
def create(name: str, database_url: str, data: Path) -> None:
    """Create the account NAME: a database of its own, a first retailer, and an administrator.

    Prints the administrator's credentials; they are shown this once.
    """
    asyncio.run(_create(running_database_url(Settings.from_environment(), data), name, database_url))


@account.command()
@click.argument("name")
@data_option
def renew(name: str, data: Path) -> None:
    """Give the administrator of the account NAME a new password and a new client secret, and print them.

    The old ones, and all tokens, end.
    """
    asyncio.run(_renew(running_database_url(Settings.from_environment(), data), name))


@account.command("shared-client")
@data_option
def shared_client(data: Path) -> None:
    """Create the OAuth client FLUENT_INTEGRATION, or give it a new secret, and print that.

    It serves the users of all accounts; a request names its account in the header fluent.account.
    """
    asyncio.run(_shared_client(running_database_url(Settings.from_environment(), data)))


@account.command("service-user")
@click.argument("name")
@click.argument("username")
@data_option
def service_user(name: str, username: str, data: Path) -> None:
    """Let the OAuth client of the account NAME log in by itself, as the user USERNAME.

    That is the grant client_credentials; the user's roles say what the client may do.
    """
    asyncio.run(_service_user(running_database_url(Settings.from_environment(), data), name, username))


async def _service_user(control_url: str, name: str, username: str) -> None:
    placement = await Placement.open(control_url)
    try:
        user = await user_by_name(await placement.database(name), name, username)
        if user is None:
            raise NotFoundError(f"Account {name} has no user {username!r}; create one with createUser.")
        await bind_service_user(placement.control, name, user.principal.user_id)
    finally:
        await placement.close()


async def _create(control_url: str, name: str, server: str) -> None:
    from penstock.app import bootstrap

    placement = await Placement.open(control_url)
    try:
        made = await bootstrap(placement, url="", account=name, server=server)
        if made is None:
            raise UniqueConstraintError(f"Account {name} exists already; choose another name.")
        await placement.hand_over(name)
    finally:
        await placement.close()
    _show(made)


async def _renew(control_url: str, name: str) -> None:
    placement = await Placement.open(control_url)
    try:
        made = await create_first_administrator(placement, name)
        await placement.hand_over(name)
    finally:
        await placement.close()
    _show(made)


async def _shared_client(control_url: str) -> None:
    placement = await Placement.open(control_url)
    try:
        secret = await keep_shared_client(placement.control)
    finally:
        await placement.close()
    _show({"clientId": SHARED, "clientSecret": secret})


def _show(credentials: dict[str, str]) -> None:
    click.echo(json.dumps({k: v for k, v in credentials.items() if v}, indent=2))
