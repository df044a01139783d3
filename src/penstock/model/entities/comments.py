"""What people write beside things, and the programs that they may open (spec 30 §4)."""

from __future__ import annotations

from penstock.model.vocabulary import Column, Entity, Scalar, Unique
from penstock.model.words import dates, identifier, link, stored, text, value

COMMENT = Entity(
    name="Comment",
    table="comment",
    doc="A note of a user about some entity.",
    fields=(
        identifier(),
        text("entityType", null=False, doc="Type of what it is about, as in events: ORDER, FULFILMENT, RETURN_ORDER."),
        Column(name="entityId", scalar=Scalar.ID, doc="Id of what it is about; this or the ref must be given."),
        text("entityRef", doc="Ref of what it is about; this or the id must be given."),
        text("text", null=False, length=10_000, doc="What was written, at most 10000 characters."),
        *dates(),
        *link("user", "User", "users", key="UserId", doc="Who wrote it: the user of the token."),
        stored("retailer_id", Scalar.ID, foreign="retailer"),
    ),
    keys={"CommentId": "id!"},
    plural="comments",
    listed_by=("entityType entityId", "entityType entityRef"),
    gets=("commentById(id!)",),
    create="entityType! entityId entityRef text!",
    update="id! entityRef text!",
    indexes=(("entity_type", "entity_id"), ("entity_type", "entity_ref")),
)

APP = Entity(
    name="App",
    table="app",
    doc="A program with a user interface.",
    interfaces=(),
    fields=(
        identifier(),
        text("name", null=False, doc="Name, unique in the account."),
        value("version", "AppVersion", null=False, doc="Which version is installed."),
        Column(name="type", scalar=Scalar.STRING, wire="AppType", null=False, doc="Shipped, or somebody's own."),
        *dates(),
    ),
    unique=(Unique(columns=("name",)),),
    scope="account",
    mutations=(),
)

ENTITIES = (COMMENT, APP)
