"""A document that is no longer kept leaves nothing behind."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from graphql.language import FieldNode, Token

from penstock.api.graphql.documents.document import read_document
from penstock.api.graphql.documents.literals import Lifted

if TYPE_CHECKING:
    from collections.abc import Iterator

QUERY = '{ orders(first: 5, status: ["NEW"]) { edges { node { id ref items { edges { node { ref } } } } } } }'


@pytest.fixture
def only_counting() -> Iterator[None]:
    """Collect what is garbage now, and nothing more that only the collector of cycles could free."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _alive() -> int:
    return sum(isinstance(thing, (FieldNode, Token)) for thing in gc.get_objects())


@pytest.mark.usefixtures("only_counting")
def test_a_forgotten_document_is_freed_without_the_collector_of_cycles() -> None:
    before = _alive()
    document = read_document(QUERY, Lifted(QUERY), None)
    gc.collect()  # what validation leaves behind is in cycles, but young; the document is not
    assert _alive() > before
    del document
    assert _alive() == before
