"""Answers about the tree of categories."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from penstock.inventory.categories import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.orchestration.batch import Batch
    from penstock.rules.context import Ask


async def categories_of(batch: Batch, asks: Sequence[Ask[Any]]) -> list[list[str]]:
    """Answer :class:`~penstock.rules.questions.CategoriesOf`."""
    catalogues = sorted({a.question.product_catalogue_ref for a in asks})
    products = sorted({a.question.product_ref for a in asks})
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in await batch.reader.fetch(CATEGORIES, catalogues, products):
        catalogue, product, ref = record
        found[catalogue, product].append(ref)
    return [found[a.question.product_catalogue_ref, a.question.product_ref] for a in asks]
