"""How deep the JSON of a request may nest (spec 12 §7)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from penstock.api.limits import MOST_NESTED, check_nesting
from penstock.errors import InvalidValueError


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels > 1 else []


@pytest.mark.parametrize("siblings", [0, 299])
@pytest.mark.parametrize("levels", [MOST_NESTED - 3, MOST_NESTED - 2])
def test_one_of_many_records_may_nest_too_deep(siblings: int, levels: int) -> None:
    records = [{"sku": n} for n in range(299)] + [{"sku": nested(levels)}]
    body = {"entities": records}
    content = msgspec.json.encode(body)
    if levels + 3 <= MOST_NESTED:
        check_nesting(content, body, siblings)
    else:
        with pytest.raises(InvalidValueError, match="nests more than 200"):
            check_nesting(content, body, siblings)


def test_what_is_side_by_side_nests_no_deeper() -> None:
    """A batch of flat records is not looked at level by level: that took three times as long as reading it."""
    body = {"entities": [{"sku": n} for n in range(5_000)]}
    check_nesting(msgspec.json.encode(body), object(), 4_999)
