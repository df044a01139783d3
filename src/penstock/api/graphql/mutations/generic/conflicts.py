"""Which error it is when the database refuses a write (spec 12 §8: C0121E, C0123E, C0128E, C0160E)."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import asyncpg

from penstock.errors import InvalidValueError, MissingValueError, PenstockError, UniqueConstraintError
from penstock.model.registry import MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator

# What PostgreSQL says of it: Key (retailer_id, ref)=(2, HD-5120) already exists.
_DETAIL = re.compile(r"Key \((?P<columns>.*?)\)=\((?P<values>.*)\) already exists\.", re.DOTALL)


def _constraints() -> dict[str, tuple[str, str]]:
    """Return name of constraint -> (what is unique, code of the error)."""
    found = {}
    for entity in MODEL.entities:
        name = entity.table.title() if entity.variant else entity.name
        for unique in entity.unique:
            kind = "idx" if unique.where else "key"
            found[f"{entity.table}_{'_'.join(unique.columns)}_{kind}"] = (name, unique.code)
    return found


_CONSTRAINTS = _constraints()


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the database's refusals inside the block into errors of ours.

    Raises:
        UniqueConstraintError: the fields and values named are taken.
        MissingValueError: what a row cannot be without.
        InvalidValueError: a value that cannot be stored, or a promise of more than there is.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise _taken(error) from error
    except asyncpg.NotNullViolationError as error:
        named = f"{error.table_name}.{error.column_name}"
        raise MissingValueError(f"{named} is missing; the input has to name it") from error
    except (asyncpg.DataError, asyncpg.CheckViolationError) as error:
        raise InvalidValueError(f"This cannot be stored: {error}") from error


def _taken(error: asyncpg.UniqueViolationError) -> PenstockError:
    """Return the error that names the fields and values which are taken."""
    name, code = _CONSTRAINTS.get(error.constraint_name or "", ("Row", UniqueConstraintError.code))
    match = _DETAIL.fullmatch(error.detail or "")
    taken = f" with {match['columns']} = {match['values']}" if match else ""
    return UniqueConstraintError(f"{name}{taken} exists already; update that one or choose another", code=code)
