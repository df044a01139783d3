"""``penstock workflow``: workflow documents, checked and moved."""

from __future__ import annotations

import click

from penstock.cli.workflow.diff import diff
from penstock.cli.workflow.lint import lint
from penstock.cli.workflow.pull import pull
from penstock.cli.workflow.push import push


@click.group()
def workflow() -> None:
    """Check workflows, and move them between files and a running Penstock."""


for _command in (lint, pull, diff, push):
    workflow.add_command(_command)
