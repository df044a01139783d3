"""The registry of mutations: their names, arguments, results and the functions that perform them.

A mutation is declared where it is performed:

    @mutation(
        "createNetwork",
        output="Network",
        arguments={"input": "CreateNetworkInput"},
        needs=lambda arguments: {"NETWORK_CREATE"},
        doc="Create a network.",
    )
    async def create_network(call: Call, arguments: dict[str, Any]) -> Written: ...

Types stand in GraphQL's own notation. Inputs that the model does not give (:func:`input_type`) and results that
are no entity (:func:`output_type`) are declared beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.database.pools import Database
    from penstock.identity.principal import Principal
    from penstock.model.rows import Row


@dataclass(frozen=True, slots=True)
class Call:
    """What a mutation works with: the account's database, who asks, and the application's writer."""

    database: Database
    principal: Principal
    writer: Any


@dataclass(frozen=True, slots=True)
class Written:
    """The entity that a mutation wrote, by type and id; its selection is read from the database.

    ``row`` is a row just created: a selection of its own columns is answered from it.
    """

    entity: str
    id: int
    row: Row | None = None


# Arguments arrive by wire name, coerced by their types: moments as ``datetime`` in UTC, ids as ``str``, single
# values in lists; absent fields of inputs are absent. A result that is no entity is its fields by wire name.
Arguments = dict[str, Any]
Run = Callable[[Call, Arguments], Awaitable[Written | dict[str, Any]]]
Needs = Callable[[Arguments], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mutation of the schema.

    ``needs`` names the permissions that these arguments ask for, beside those of the result's selection; all of
    an operation's are checked before the first of its mutations runs (spec 10 §5.3).
    """

    name: str
    output: str
    arguments: Mapping[str, str]
    needs: Needs
    run: Run
    doc: str


@dataclass(frozen=True, slots=True)
class Shape:
    """An input or output type of its own: fields by name, each with its type in GraphQL's notation.

    ``docs`` describe the fields; those that it leaves out mean what they mean in the entity or value ``like``, or
    else everywhere.
    """

    name: str
    fields: Mapping[str, str]
    doc: str
    docs: Mapping[str, str]
    like: str = ""


MUTATIONS: dict[str, Mutation] = {}
INPUTS: dict[str, Shape] = {}
OUTPUTS: dict[str, Shape] = {}


def register(declared: Mutation) -> None:
    """Add a mutation to the schema; ``ValueError`` when its name is taken."""
    if declared.name in MUTATIONS:
        raise ValueError(f"mutation {declared.name} is declared twice")
    MUTATIONS[declared.name] = declared


def mutation(
    name: str, *, output: str, arguments: Mapping[str, str], needs: Needs, doc: str = ""
) -> Callable[[Run], Run]:
    """Declare the decorated function as a mutation; without ``doc`` its docstring describes it."""

    def declare(run: Run) -> Run:
        text = doc or (run.__doc__ or "").strip().split("\n\n", 1)[0]
        register(Mutation(name, output, arguments, needs, run, text))
        return run

    return declare


def input_type(
    name: str, fields: Mapping[str, str], doc: str, docs: Mapping[str, str] | None = None, *, like: str = ""
) -> None:
    """Declare an input type that no entity of the model gives; see :class:`Shape`."""
    INPUTS[name] = Shape(name, fields, doc, docs or {}, like)


def output_type(name: str, fields: Mapping[str, str], doc: str, docs: Mapping[str, str]) -> None:
    """Declare the result of a mutation that returns no entity."""
    OUTPUTS[name] = Shape(name, fields, doc, docs)
