"""What goes between the engine and the process of a plugin: frames of four bytes of length and a body.

The engine's frames are pickled, since the process may trust it: rows, moments and tuples arrive as what they are.
Those of the process are plain MessagePack, since it runs code of others, and the engine checks all that they say.
"""

from __future__ import annotations

import copyreg
import pickle
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from penstock.model.rows import ROWS
from penstock.orchestration.places import table_of

if TYPE_CHECKING:
    from penstock.model.rows import Row

MOST_BYTES = 16 * 1024 * 1024  # of one frame of the process
_LENGTH = 4


def _refuse(value: Any) -> Any:
    raise TypeError(f"{value!r:.200} cannot be stored; use texts, numbers, lists and objects")


encode = msgspec.msgpack.Encoder(enc_hook=_refuse).encode


def _row(table: str, values: tuple[Any, ...]) -> Row:
    kind = ROWS[table]
    return kind(**dict(zip(kind.__struct_fields__, values, strict=True)))


def _reduced(row: Row) -> tuple[Any, ...]:
    return _row, (table_of(row), msgspec.structs.astuple(row))


for _kind in ROWS.values():  # the structs are made at import, so pickle does not find them by name
    copyreg.pickle(_kind, _reduced)


def pickled(value: Any) -> bytes:
    """Return a frame with what the engine says."""
    return framed(pickle.dumps(value, protocol=5))


def framed(body: bytes) -> bytes:
    """Return a frame."""
    return len(body).to_bytes(_LENGTH, "big") + body


class Channel:
    """The process's end of the two pipes."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink

    def receive(self) -> Any:
        """Return what the engine says next.

        Raises:
            EOFError: it has gone.
        """
        head = self._source.read(_LENGTH)
        if len(head) < _LENGTH:
            raise EOFError
        body = self._source.read(int.from_bytes(head, "big"))
        return pickle.loads(body)  # noqa: S301 - the engine writes it, never a plugin

    def send(self, *message: Any) -> None:
        """Say something.

        Raises:
            TypeError: it holds what is no plain value.
            ValueError: it is too large.
        """
        body = encode(message)
        if len(body) > MOST_BYTES:
            raise ValueError(f"the rule's result takes {len(body)} bytes; {MOST_BYTES} are allowed")
        self._sink.write(framed(body))
        self._sink.flush()

    def ask(self, *message: Any) -> Any:
        """Say something and return what is said to it."""
        self.send(*message)
        return self.receive()
