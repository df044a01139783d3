"""``penstock schema``: the GraphQL contract."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the GraphQL schema in its definition language."""
    from penstock.app import schema_text

    click.echo(schema_text())
