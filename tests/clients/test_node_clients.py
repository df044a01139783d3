"""Apollo Client, urql and graphql-js at work: each program's own tests pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from node_tools import node

if TYPE_CHECKING:
    from served import Served

pytest_plugins = ["client_fixtures"]


@pytest.mark.usefixtures("generated")
@pytest.mark.parametrize("program", ["apollo.ts", "urql.ts", "introspection.ts"])
def test_a_program_passes(program: str, served: Served) -> None:
    code, output = node(f"programs/{program}", environment=served.environment)
    assert code == 0, output
    assert re.search(r"pass [1-9]", output), output
