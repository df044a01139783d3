"""``penstock workflow``: workflow documents, checked and moved."""

from __future__ import annotations

import click

from penstock.cli.workflow.lint import lint


@click.group()
def workflow() -> None:
    """Check workflows, and move them between files and a running Penstock."""


workflow.add_command(lint)
