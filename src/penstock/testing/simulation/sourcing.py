"""Answers for sourcing profiles, from memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.answers.sourcing import counted, opened, product

if TYPE_CHECKING:
    from collections.abc import Iterable

    from penstock.rules.questions import FulfilmentsOpen, FulfilmentsSince, Products
    from penstock.testing.simulation.memory import Memory

Row = Any


def products(memory: Memory, known: Iterable[Row], question: Products) -> list[dict[str, Any]]:
    """Answer :class:`~penstock.rules.questions.Products`, from all products known."""
    return [product(row, _categories(memory, row.id)) for row in known if row.id in question.ids]


def _categories(memory: Memory, product_id: int) -> list[str]:
    own = {category for category, product_ in memory.joins.get("product_category", ()) if product_ == product_id}
    return sorted(category.ref for category in memory.all("category") if category.id in own)


def fulfilments_since(known: list[Row], question: FulfilmentsSince) -> list[int]:
    """Answer :class:`~penstock.rules.questions.FulfilmentsSince`, from all fulfilments known."""
    return [sum(counted(row, address, since) for row in known) for address, since in question.since]


def fulfilments_open(known: list[Row], question: FulfilmentsOpen) -> list[int]:
    """Answer :class:`~penstock.rules.questions.FulfilmentsOpen`, from all fulfilments known."""
    return [sum(opened(row, address) for row in known) for address in question.addresses]
