"""What the how-to pages tell people to send is taken as it is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stage import Stage

pytest_plugins = ["worlds"]

PAGES = Path(__file__).parents[2] / "docs" / "how-to"


def block(page: str, pattern: str) -> str:
    found = re.search(pattern, (PAGES / page).read_text("utf-8"), re.DOTALL)
    assert found is not None, page
    return found[1]


async def test_a_user_is_created(shop: Stage) -> None:
    document = block("users-and-roles.md", r"ask <<END\n(.*?)END\n").replace("$RETAILER", shop.retailer)
    status, answer = await shop.penstock.client.call("POST", "/graphql", {"query": document})
    assert (status, answer.get("errors")) == (200, None)
    assert answer["data"]["createUser"]["roles"][0]["role"] == {"name": "API"}


async def test_a_changed_workflow_is_saved(shop: Stage) -> None:
    workflow = shop.penstock.workflow("ORDER::HD")
    at = next(n for n, ruleset in enumerate(workflow["rulesets"]) if ruleset["name"] == "CheckIfOrderIsComplete")
    workflow["rulesets"][at]["rules"][0]["props"]["status"].remove("ESCALATED")
    added = json.loads(block("change-a-workflow.md", r"```json\n(.*?),\n```"))
    workflow["rulesets"].insert(at + 1, added)
    status, answer = await shop.penstock.client.call("PUT", "/api/v4.1/workflow", workflow)
    assert status == 200, answer
