"""The count of statements can fail."""

from __future__ import annotations

from statements import Corpus


def test_a_query_of_two_statements_is_noticed() -> None:
    corpus = Corpus()
    corpus.judge(b'{"data":{"orders":{}}}', ["SELECT 1"])
    corpus.judge(b'{"data":{"__schema":{}}}', [])
    assert corpus.wrong == []
    corpus.judge(b'{"data":{"orders":{}}}', ["SELECT 1", "SELECT 2"])
    assert len(corpus.wrong) == 1
