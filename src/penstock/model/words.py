"""Short constructors for fields, so that a declaration reads like the contract it fulfils."""

from __future__ import annotations

from penstock.model.vocabulary import Column, Embedded, Field, Many, One, Scalar, Through, snake

_KIND = "Type, free text; with it the workflow, or the rulesets in it, are chosen."


def text(name: str, *, null: bool = True, length: int = 255, filterable: bool = True, doc: str = "") -> Column:
    """Declare a text of at most ``length`` characters."""
    return Column(name=name, scalar=Scalar.STRING, null=null, length=length, filterable=filterable, doc=doc)


def word(name: str, *synonyms: str, doc: str = "") -> Column:
    """Declare a text that must be there, of whose values the ``synonyms`` mean the same."""
    return Column(name=name, scalar=Scalar.STRING, null=False, synonyms=frozenset(synonyms), doc=doc)


def secret(name: str) -> Column:
    """Declare a text that clients must give, and that is kept nowhere."""
    return Column(name=name, scalar=Scalar.STRING, null=False, secret=True, doc="Given, but not kept: a mask is shown.")


def texts(name: str, *, doc: str = "") -> Column:
    """Declare a list of texts."""
    return Column(name=name, scalar=Scalar.STRING, many=True, doc=doc)


def integer(
    name: str,
    *,
    null: bool = True,
    minimum: int | None = None,
    counter: bool = False,
    counted_by: str | None = None,
    doc: str = "",
) -> Column:
    """Declare a whole number of 32 bits."""
    return Column(
        name=name, scalar=Scalar.INT, null=null, minimum=minimum, counter=counter, counted_by=counted_by, doc=doc
    )


def number(name: str, *, null: bool = True, doc: str = "") -> Column:
    """Declare a number with fraction, such as a price or a length."""
    return Column(name=name, scalar=Scalar.FLOAT, null=null, doc=doc)


def flag(name: str, *, null: bool = True, doc: str = "") -> Column:
    """Declare a truth value."""
    return Column(name=name, scalar=Scalar.BOOLEAN, null=null, doc=doc)


def moment(name: str, *, doc: str = "") -> Column:
    """Declare a date and time, UTC."""
    return Column(name=name, scalar=Scalar.DATETIME, doc=doc)


def json(name: str, *, doc: str = "") -> Column:
    """Declare free JSON, given back as it came."""
    return Column(name=name, scalar=Scalar.JSON, filterable=False, doc=doc)


def stored(
    name: str,
    scalar: Scalar = Scalar.STRING,
    *,
    foreign: str | None = None,
    null: bool = True,
    many: bool = False,
    counter: bool = False,
    doc: str = "",
) -> Column:
    """Declare a column that is kept but not shown; ``doc`` is for inputs that fill it."""
    return Column(
        name=name,
        scalar=scalar,
        many=many,
        hidden=True,
        filterable=False,
        foreign=foreign,
        null=null,
        counter=counter,
        doc=doc,
    )


def identifier() -> Column:
    """Declare the id."""
    return Column(name="id", scalar=Scalar.ID, null=False, filterable=False, doc="Identifier, unique in the account.")


def hidden_identifier() -> Column:
    """Declare the id of a type whose id the contract does not show."""
    return Column(name="id", scalar=Scalar.ID, null=False, filterable=False, hidden=True)


def ref(*, null: bool = True, length: int = 255, doc: str = "") -> Column:
    """Declare the client's own reference; without ``doc`` the schema says where it is unique."""
    return text("ref", null=null, length=length, doc=doc)


def dates() -> tuple[Column, Column]:
    """Declare when the entity was created and last changed."""
    return (
        moment("createdOn", doc="When it was created, UTC."),
        moment("updatedOn", doc="When it was last changed, by anybody or by a workflow, UTC."),
    )


def attributes() -> Embedded:
    """Declare the free attributes, upserted by name (spec 12 §6.4)."""
    return Embedded(name="attributes", type="Attribute", many=True, doc="Free attributes, one a name.")


def kind(*, null: bool = False, length: int = 255, doc: str = _KIND) -> Column:
    """Declare the business type, free text."""
    return text("type", null=null, length=length, doc=doc)


def status(
    *, null: bool = True, doc: str = "Status, free text; CREATED at first, then what its workflow sets."
) -> Column:
    """Declare the status, free text that workflows set."""
    return text("status", null=null, doc=doc)


def workflow(*, null: bool = False) -> tuple[Column, Column]:
    """Declare the workflow that the entity runs on, and its major version."""
    return (
        text(
            "workflowRef",
            null=null,
            doc="Name of the workflow that handles its events, such as ORDER::HD.",
        ),
        integer("workflowVersion", null=null, doc="Major version of that workflow, fixed at creation."),
    )


def workflow_link(entity: str) -> One:
    """Declare the workflow of an entity's rows as a link type, beside its name and version."""
    return One(
        name="workflow",
        target=entity,
        match=(("id", "id"),),
        output="WorkflowLink",
        filter_key="WorkflowLinkInput",
        doc="The workflow that handles its events.",
    )


def loose(name: str, type_: str, key: str, *, doc: str = "") -> Embedded:
    """Declare a loose link: what a key of a type such as ``OrderLinkInput`` says, whether it exists or not."""
    return Embedded(name=name, type=type_, key=key, doc=doc)


def value(
    name: str, type_: str, *, many: bool = False, null: bool = True, appended: bool = False, doc: str = ""
) -> Embedded:
    """Declare an embedded value object."""
    return Embedded(name=name, type=type_, many=many, null=null, appended=appended, doc=doc)


def link(
    name: str,
    target: str,
    table: str | None = None,
    *,
    key: str | None = None,
    null: bool = True,
    required: bool = False,
    output: str | None = None,
    hidden: bool = False,
    owned: bool = False,
    nested: str | None = None,
    nested_update: str | None = None,
    filter_key: str | None = None,
    doc: str = "",
) -> tuple[Field, ...]:
    """Declare a link kept as ``<name>_id``; with ``table``, one that the database checks.

    ``required`` forbids an empty column; ``null`` speaks of the GraphQL field, which must be nullable where
    permissions may hide the target.
    """
    column = snake(name) + "_id"
    return (
        stored(column, Scalar.ID, foreign=table, null=not required),
        One(
            name=name,
            target=target,
            match=(("id", column),),
            output=output,
            key=key,
            null=null,
            hidden=hidden,
            owned=owned,
            nested=nested,
            nested_update=nested_update,
            filter_key=filter_key,
            doc=doc,
        ),
    )


def seen(
    name: str,
    target: str,
    *match: tuple[str, str],
    output: str | None = None,
    filter_key: str | None = None,
    arguments: tuple[tuple[str, str], ...] = (),
    doc: str = "",
) -> One:
    """Declare a link that is found by matching columns, kept nowhere of its own."""
    return One(
        name=name,
        target=target,
        match=match,
        output=output,
        filter_key=filter_key,
        arguments=arguments,
        doc=doc,
    )


def many(
    name: str,
    target: str,
    *match: tuple[str, str],
    by: str | None = None,
    plain: bool = False,
    null: bool = True,
    without: tuple[str, ...] = (),
    doc: str = "",
) -> Many:
    """Declare the entities whose link ``by`` points here, or whose columns match."""
    pairs = match or ((snake(by or "") + "_id", "id"),)
    return Many(name=name, target=target, match=pairs, plain=plain, null=null, without=without, doc=doc)


def many_through(
    name: str,
    target: str,
    table: str,
    here: str,
    there: str,
    *,
    key: str | None = None,
    plain: bool = False,
    filter_name: str | None = None,
    doc: str = "",
) -> Many:
    """Declare the entities on the other side of a join table."""
    joined = Through(table=table, here=here, there=there)
    return Many(name=name, target=target, through=joined, key=key, plain=plain, filter_name=filter_name, doc=doc)
