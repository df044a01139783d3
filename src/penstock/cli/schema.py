"""``penstock schema``: the GraphQL contract."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the GraphQL schema in its definition language."""
    from penstock.app import schema_text  # noqa: PLC0415 - the other commands need not load it

    click.echo(schema_text())
