"""The command line."""

from __future__ import annotations

from typing import Any

import click

from penstock.cli.account import account
from penstock.cli.demo import demo
from penstock.cli.docs import docs
from penstock.cli.doctor import doctor
from penstock.cli.dry_run import dry_run
from penstock.cli.events import events
from penstock.cli.plugin import plugin
from penstock.cli.recompute import recompute
from penstock.cli.replay import replay
from penstock.cli.rule import rule
from penstock.cli.schema import schema
from penstock.cli.serve import serve
from penstock.cli.simulate import simulate
from penstock.cli.up import up
from penstock.cli.webhook import webhook
from penstock.cli.worker import worker
from penstock.cli.workflow import workflow
from penstock.errors import PenstockError


class Commands(click.Group):
    """A group of commands whose expected errors are one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except PenstockError as error:
            raise click.ClickException(error.message) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="penstock")
def main() -> None:
    """Penstock: an open, self-hosted distributed order management system."""


for _command in (
    up,
    serve,
    worker,
    schema,
    account,
    webhook,
    plugin,
    demo,
    doctor,
    events,
    replay,
    dry_run,
    recompute,
    simulate,
    workflow,
    rule,
    docs,
):
    main.add_command(_command)
