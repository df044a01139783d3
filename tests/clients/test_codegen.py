"""graphql-codegen reads the running server's schema, and TypeScript understands what it makes of it."""

from __future__ import annotations

import re

import pytest
from node_tools import FOLDER, node

pytest_plugins = ["client_fixtures"]

_TSC = "node_modules/typescript/bin/tsc"
_ERROR = re.compile(r"^misuse/(\w+\.ts)\((\d+),\d+\): error", re.MULTILINE)


@pytest.mark.usefixtures("generated")
def test_programs_that_use_the_types_compile() -> None:
    code, output = node(_TSC, "--project", ".")
    assert (code, output) == (0, ""), output


@pytest.mark.usefixtures("generated")
def test_programs_that_misuse_the_types_do_not() -> None:
    code, output = node(_TSC, "--project", "misuse", "--pretty", "false")
    assert code != 0
    refused = {(file, int(line)) for file, line in _ERROR.findall(output)}
    assert refused == set(marked()), output


def marked() -> list[tuple[str, int]]:
    """Return the lines of the misusing programs that say that they are wrong."""
    return [
        (file.name, number)
        for file in sorted((FOLDER / "misuse").glob("*.ts"))
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "// wrong: " in line
    ]
