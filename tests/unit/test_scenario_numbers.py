"""Every scenario of spec 23, and every worked example of spec 22 §4.1 and §13, has a test that carries its number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
_LAST = "INV-11 BPP-08 COR-03 DEL-07 UNK-05 RES-07 CON-10 AVL-14 FO-07 SRC-12 PRO-18 LOC-04"
LAST = {group: int(number) for group, _, number in (last.partition("-") for last in _LAST.split())}
SCENARIOS = [f"{group}-{number:02}" for group, last in LAST.items() for number in range(1, last + 1)]
EXAMPLES = [f"{kind}{number}" for kind, last in (("L", 6), ("F", 16)) for number in range(1, last + 1)]
_FUNCTION = re.compile(r"test_(?:([a-z]{2,3})_(\d{2})|([fl])(\d{1,2})[a-z]?)_")
_ID = re.compile(r"([A-Z]{2,3}-\d{2})\b")


def numbers_in(source: str) -> set[str]:
    """Return the numbers that test functions and the ids of their parameters carry."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (named := _FUNCTION.match(node.name)):
            group, number, example, which = named.groups()
            found.add(f"{group.upper()}-{number}" if group else f"{example.upper()}{which}")
        elif isinstance(node, ast.Call):  # of a case, or of pytest.param
            texts = [n.value for n in (*node.args, *(k.value for k in node.keywords)) if isinstance(n, ast.Constant)]
            found |= {m[1] for text in texts if isinstance(text, str) and (m := _ID.match(text))}
    return found


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("async def test_inv_01_first_load(): ...", {"INV-01"}),
        ("def test_f4b_the_rest(): ...", {"F4"}),
        ("def test_l6_again(): ...", {"L6"}),
        ("CASES = [Case('PRO-05 S1', 1)]", {"PRO-05"}),
        ("CASES = [pytest.param(1, id='PRO-05')]", {"PRO-05"}),
        ("def test_x(): '''INV-01'''", set()),
        ("def inv_01_first(): ...  # INV-01", set()),
        ("def test_f_1_(): ...", set()),
    ],
)
def test_numbers_are_read_from_names_and_ids(source: str, numbers: set[str]) -> None:
    assert numbers_in(source) == numbers


def test_every_scenario_has_a_test_of_its_number() -> None:
    files = [file for folder in ("scenarios", "unit") for file in (TESTS / folder).glob("test_*.py")]
    told = set().union(*(numbers_in(file.read_text("utf-8")) for file in files if file != Path(__file__)))
    assert {number for number in (*SCENARIOS, *EXAMPLES) if number not in told} == set()
