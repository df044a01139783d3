"""``penstock rule``: rules of one's own."""

from __future__ import annotations

import click

from penstock.cli.rule.new import new


@click.group()
def rule() -> None:
    """Write rules of your own."""


rule.add_command(new)
