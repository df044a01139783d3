"""How a resource says what it offers: each operation once, for the router and for the OpenAPI document.

A resource's file ends with its operations:

    OPERATIONS = (
        Operation("GET", "/api/v4.1/thing/{thingId}", get, {200: Thing, **errors(400, 404)}, parameters=(THING_ID,)),
    )

and ``resources.py`` names the file. Bodies and answers are msgspec structs; a body's is the one that decodes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from penstock.api.rest.answers import Envelope, InvalidToken


class Nothing:
    """There is nothing to say."""


class Text:
    """An answer that is a text of type ``media``, and no JSON."""

    media = "text/plain"


Run = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the path or of the query; ``schema`` is JSON Schema."""

    name: str
    doc: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    place: str = "query"  # or "path", where all are required


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; the first sentence of the function's docstring is its summary.

    ``answers`` gives the struct of each status, a kind of ``Text``, or ``Nothing``. ``public`` operations need no
    token. ``form`` bodies may come as a form, too, and those of an ``upload`` come as parts. ``any_method`` hands other
    methods to the same function, which refuses them in its own form.
    """

    method: str
    path: str
    run: Run
    answers: Mapping[int, type]
    parameters: tuple[Parameter, ...] = ()
    body: type | None = None
    form: bool = False
    upload: bool = False
    public: bool = False
    any_method: bool = False

    @property
    def all_answers(self) -> dict[int, type]:
        """Return the answers with those that every such operation may give."""
        common: dict[int, type] = {} if self.public else {401: InvalidToken}
        if self.body is not None:
            common[413] = Envelope
        return dict(sorted({**common, 503: Envelope, **self.answers}.items()))


def errors(*statuses: int) -> dict[int, type]:
    """Return the answers of an operation that may fail with these statuses."""
    return dict.fromkeys(statuses, Envelope)
