"""Which answers errors become."""

from __future__ import annotations

import json

import asyncpg
import pytest

from penstock.api.rest.answers import answer_to
from penstock.errors import DatabaseAwayError, SetupError


@pytest.mark.parametrize(
    "error",
    [
        DatabaseAwayError("The database postgresql://penstock@db.internal:5432/x does not answer."),
        ConnectionRefusedError("db.internal"),
        asyncpg.CannotConnectNowError("the database system of db.internal is starting up"),
    ],
)
def test_clients_are_told_that_the_database_is_away_and_not_where_it_is(error: Exception) -> None:
    response = answer_to(error)
    assert response.status_code == 503
    assert json.loads(bytes(response.body))["message"] == "The database does not answer; try again later."


def test_what_cannot_start_is_told() -> None:
    response = answer_to(SetupError("The web pages are not built.", status=503))
    assert (response.status_code, json.loads(bytes(response.body))["message"]) == (503, "The web pages are not built.")
