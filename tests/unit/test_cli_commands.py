"""The command line loads what it is asked for, and no more."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from penstock.cli import COMMANDS, main


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_in_the_module_of_its_name(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name


def test_who_misspells_a_command_is_told_what_is_near() -> None:
    told = CliRunner().invoke(main, ["dry_run"])
    assert told.exit_code == 2
    assert "dry-run" in told.output


def test_help_shows_each_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert [name for name in COMMANDS if f"  {name} " not in shown] == ["docs"]  # which is for who works on Penstock


def test_nothing_is_loaded_before_a_command_is_chosen() -> None:
    loaded = "import sys, penstock.cli; print({'sqlalchemy', 'asyncpg', 'graphql'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "set()"
