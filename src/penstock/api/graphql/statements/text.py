"""JSON put together as text in SQL.

Concatenation of texts takes less than half the time of ``json_build_object`` and a tenth of ``jsonb_agg``.
"""

from __future__ import annotations

from penstock.model.vocabulary import Column, Scalar

_MOMENT = r'\"YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\"'  # in quotes, with milliseconds


class Json:
    """Pieces of a JSON text: fixed ones and SQL expressions, none of which may be null."""

    __slots__ = ("_pieces",)

    def __init__(self) -> None:
        self._pieces: list[tuple[bool, str]] = []

    def fixed(self, text: str) -> Json:
        """Add a piece that is the same in every row."""
        if self._pieces and self._pieces[-1][0]:
            text = self._pieces.pop()[1] + text
        self._pieces.append((True, text))
        return self

    def add(self, expression: str) -> Json:
        """Add an SQL expression of type text."""
        self._pieces.append((False, expression))
        return self

    def join(self, other: Json) -> Json:
        """Add all pieces of another text."""
        for fixed, piece in other._pieces:
            if fixed:
                self.fixed(piece)
            else:
                self.add(piece)
        return self

    def sql(self) -> str:
        """Return the SQL expression of the whole text."""
        pieces = [_quoted(p) if fixed else p for fixed, p in self._pieces]
        return _joined(pieces) if pieces else "''"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _joined(pieces: list[str]) -> str:
    """Concatenate as a balanced tree: each piece is copied a few times instead of once for each later one."""
    if len(pieces) == 1:
        return pieces[0]
    middle = len(pieces) // 2
    return f"({_joined(pieces[:middle])} || {_joined(pieces[middle:])})"


def scalar(json: Json, column: Column, expression: str, *, null: bool) -> None:
    """Add a column's value."""
    shown = _shown(column, expression)
    json.add(f"COALESCE({shown}, 'null')" if null else shown)


def _shown(column: Column, expression: str) -> str:
    if column.many:
        return f"to_json({expression})::text"
    if column.wire:
        return f"{expression}::text" if column.wire == "Int" else f"'\"' || {expression}::text || '\"'"
    match column.scalar:
        case Scalar.STRING:
            return f"to_json({expression})::text"
        case Scalar.DATETIME:
            return f"to_char({expression} AT TIME ZONE 'UTC', '{_MOMENT}')"
        case Scalar.ID:
            return f"'\"' || {expression}::text || '\"'"
        case _:
            return f"{expression}::text"
