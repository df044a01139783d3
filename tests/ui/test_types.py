"""The pages' TypeScript holds together; building them does not look at types."""

from __future__ import annotations

from hatch_build import ROOT, node, npm_ci


def test_the_pages_are_typed() -> None:
    npm_ci(ROOT / "frontend")
    node(ROOT / "frontend", "node_modules/typescript/bin/tsc")
