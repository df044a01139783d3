"""The command line."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click
from click.exceptions import NoSuchCommand

from penstock.errors import PenstockError

COMMANDS = (  # each in the module of its name
    "up",
    "serve",
    "worker",
    "schema",
    "account",
    "webhook",
    "plugin",
    "demo",
    "doctor",
    "availability",
    "events",
    "replay",
    "dry-run",
    "recompute",
    "simulate",
    "workflow",
    "rule",
    "docs",
)


class Commands(click.Group):
    """The commands, each from the module of its name, loaded when it is asked for: all together take a second.

    Their expected errors are one sentence instead of a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one of them; None when there is none of that name."""
        if cmd_name in COMMANDS:
            name = cmd_name.replace("-", "_")
            self.add_command(getattr(import_module(f"{__name__}.{name}"), name))
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the chosen command; who misspells it is told what is near."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

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
