"""Which code names an entity, outside the model, the rules and what is data: each file with its reason.

A new entity is a declaration and nothing else, so what is listed here must not grow without need.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import penstock
from penstock.model.registry import MODEL

ROOT = Path(penstock.__file__).parent
MAY = {"model", "rules", "workflows", "demo", "migrations"}  # the demo is a client
REASONS = {
    "answers/": "rules ask for stock, promises, waves and settings by what they are",
    "api/batches/": "records of batches come under names of their own, a file each kind",
    "api/graphql/mutations/generic/": "who may write is decided by the retailer, whatever is written",
    "api/graphql/mutations/irregular/": "mutations whose contract says more than create and update, a file each",
    "api/graphql/schema/roots.py": "root fields that the contract has beside get and list",
    "api/graphql/schema/searches.py": "arguments of those searches and totals",
    "api/graphql/statements/levels.py": "what a view can send from where is counted over positions of stock",
    "api/graphql/statements/nearby.py": "locations by distance, as far as they may promise stock",
    "api/graphql/statements/ownership.py": "a setting's context names its owner by kind",
    "api/graphql/statements/searches.py": "the search over virtual stock goes by distance",
    "api/rest/locations/": "the store locator shows locations with their networks and hours",
    "bootstrap.py": "the first account's retailer, network, locations and catalogues",
    "diagnosis/availability/": "figures of availability are explained by the stock and the controls behind them",
    "history/dryrun/facts.py": "a question about catalogues of networks is about virtual catalogues",
    "holding/": "holds take units of positions that virtual catalogues show",
    "ingest/accepting.py": "a job is a retailer's",
    "ingest/counting.py": "counts go to the lanes of their positions",
    "ingest/inventory.py": "counts of stock, and the catalogue that they are for",
    "ingest/unchanged.py": "which counts of stock are known already",
    "identity/": "users and their roles are who may do what",
    "inventory/categories.py": "controls follow a product up the tree of categories",
    "inventory/ledger.py": "the stock ledger and its counters",
    "recomputing/": "which positions of stock a virtual catalogue looks at",
    "simulation/": "scenarios change stock, places and controls; orders are taken back, placed and measured",
    "sourcing/profile/": "conditions are listed under words of the profile's author: Order, Customer, Product",
    "testing/": "trees of orders, stock and places that tests begin with",
    "orchestration/log/retention.py": "how long the log is kept is a setting, which it reads itself",
    "orchestration/configuration.py": "networks, locations, catalogues and settings are kept in memory for the rules",
}
_ENTITY = re.compile(rf"(?<![-\w])({'|'.join(e.name for e in MODEL.entities)})(?![-\w])")
_TABLE = re.compile(rf"\b({'|'.join([*MODEL.tables, *MODEL.joins])})\b")
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|JOIN)\b")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def lines_of(text: str) -> set[int]:
    """Return the numbers of the lines of Python that name an entity or its table in a text."""
    tree = ast.parse(text)
    docs = {
        id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, _DOCUMENTED) and isinstance(n.body[0], ast.Expr)
    }
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            pattern = _TABLE if _SQL.search(node.value) else None if " " in node.value else _ENTITY
            parts = enumerate(node.value.split("\n"))
            found |= {node.lineno + n for n, part in parts if pattern and pattern.search(part)}
    return found


def named() -> dict[str, int]:
    """Return how many lines of each file name an entity."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT)
        if not MAY & {*inside.parts} and (lines := lines_of(path.read_text())):
            found[inside.as_posix()] = len(lines)
    return found


def test_lines_are_found() -> None:
    source = 'X = "SELECT 1 FROM orders"\nY = ["Order", "an Order", "Cache-Control"]\nZ = "of all orders"\n'
    assert lines_of(source) == {1, 2}


def test_code_that_names_an_entity_has_a_reason() -> None:
    counts = named()
    without = [file for file in counts if not any(file.startswith(known) for known in REASONS)]
    assert without == [], (
        f"{sum(counts.values())} lines name an entity; say why here, or let it follow from the declaration"
    )
    needless = [known for known in REASONS if not any(file.startswith(known) for file in counts)]
    assert needless == []
