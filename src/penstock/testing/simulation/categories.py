"""The categories of a product, from the rows of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.rules.questions import CategoriesOf
    from penstock.testing.simulation.memory import Memory


def categories_of(memory: Memory, question: CategoriesOf) -> list[str]:
    """Answer :class:`~penstock.rules.questions.CategoriesOf`."""
    catalogues = {c.id for c in memory.all("product_catalogue") if c.ref == question.product_catalogue_ref}
    distances: dict[int, int] = {}
    for product in memory.all("product"):
        if product.ref == question.product_ref and product.catalogue_id in catalogues:
            for distance, id_ in enumerate((product.id, product.product_id)):
                for category in (c for c, p in memory.joins.get("product_category", ()) if p == id_):
                    _climb(memory, category, distance, distances)
    rows = [(distance, memory.rows["category"][id_].ref) for id_, distance in distances.items()]
    return [ref for _, ref in sorted(rows)]


def _climb(memory: Memory, category: int | None, distance: int, distances: dict[int, int]) -> None:
    """Note the distances of a category and of those above it, where they are the shortest."""
    while category is not None and distance < distances.get(category, distance + 1):
        distances[category] = distance
        category, distance = memory.rows["category"][category].parent_category_id, distance + 1
