"""Users, roles, permissions and settings (spec 10 §4 to §6)."""

from __future__ import annotations

from penstock.model.vocabulary import Embedded, Entity, Unique
from penstock.model.words import (
    attributes,
    dates,
    flag,
    hidden_identifier,
    identifier,
    integer,
    json,
    kind,
    link,
    many,
    many_through,
    ref,
    status,
    stored,
    text,
    value,
    word,
)

PERMISSION = Entity(
    name="Permission",
    table="permission",
    doc="The right to do one thing with one kind of entity; predefined.",
    interfaces=(),
    fields=(hidden_identifier(), text("name", null=False, doc="Entity and verb, such as ORDER_VIEW.")),
    keys={"PermissionKey": "name!"},
    plural="permissions",
    gets=("permission(name!)",),
    unique=(Unique(columns=("name",)),),
    scope="account",
)

ROLE = Entity(
    name="Role",
    table="role",
    doc="A named set of permissions.",
    interfaces=(),
    fields=(
        identifier(),
        text("name", null=False, doc="Name, unique in the account."),
        many_through(
            "permissions",
            "Permission",
            "role_permission",
            "role_id",
            "permission_id",
            key="PermissionKey",
            plain=True,
            doc="What whoever holds it may do.",
        ),
    ),
    keys={"RoleKey": "name!"},
    plural="roles",
    gets=("role(name!)",),
    create="name! permissions",
    update="name! permissions",
    unique=(Unique(columns=("name",)),),
    scope="account",
)

USER_ROLE = Entity(
    name="UserRole",
    table="user_role",
    doc="A role held by a user, and where it is held.",
    interfaces=(),
    fields=(
        hidden_identifier(),
        *link("user", "User", "users", required=True)[:1],
        *link("role", "Role", "role", key="RoleKey", null=False, required=True, doc="The role that is held."),
        Embedded(name="contexts", type="RoleContext", many=True, null=False, doc="Where the role is held."),
    ),
    create="role! contexts!!",
    mutations=(),
    unique=(Unique(columns=("user_id", "role_id")),),
    scope="account",
    permission="USER",
)

_NAMES = "title firstName lastName"
_MORE = "department country"

USER = Entity(
    name="User",
    table="users",
    small_ids=True,
    doc="Somebody, or some system, that may log in.",
    fields=(
        identifier(),
        ref(null=False, length=100),
        text(
            "username",
            null=False,
            length=250,
            doc="Name to log in with, unique in the account; at most 250 characters.",
        ),
        text("title", length=50),
        text("firstName", length=50),
        text("lastName", length=50),
        text("primaryEmail", length=250),
        text("primaryPhone", length=20),
        kind(doc="Type, free text."),
        status(doc="ACTIVE from the start; INACTIVE ends the user's tokens."),
        attributes(),
        text("department", doc="Department that the user works in."),
        text("country", length=100, doc="Country that the user works in; free text."),
        text("timezone", length=32),
        value("language", "SettingValueType", doc="Language of user interfaces: a code and its label."),
        flag("promotionOptIn"),
        *link("primaryRetailer", "Retailer", "retailer", key="RetailerId", doc="Retailer that the user works for."),
        *link("primaryLocation", "Location", "location", key="LocationId", doc="Location that the user works at."),
        *dates(),
        stored("passwordHash"),
        stored("apiKeyHash"),
        many("roles", "UserRole", by="user", plain=True, doc="Roles that the user holds, and where."),
        many_through("apps", "App", "user_app", "user_id", "app_id", plain=True, doc="What the user may open."),
    ),
    keys={"UserId": "id!", "UserKey": "id username"},
    plural="users",
    gets=("userById(id!)", "user(id username)"),
    create=f"ref! username! password!=passwordHash {_NAMES} primaryEmail! primaryPhone type! apiKey=apiKeyHash "
    f"attributes {_MORE} timezone! language promotionOptIn primaryRetailer primaryLocation roles",
    update=f"id! ref password=passwordHash {_NAMES} primaryEmail primaryPhone type status apiKey=apiKeyHash "
    f"attributes {_MORE} timezone language promotionOptIn primaryRetailer primaryLocation roles",
    unique=(Unique(columns=("username",)), Unique(columns=("ref",))),
    scope="account",
)

SETTING = Entity(
    name="Setting",
    table="setting",
    doc="A named value in one context.",
    interfaces=(),
    fields=(
        identifier(),
        text("name", doc="Name, unique in its context."),
        text("valueType", doc="How to read the value: STRING, INTEGER, BOOLEAN, JSON or LOB."),
        json("lobValue", doc="The value of a setting of type JSON or LOB."),
        text("value", length=1_000_000, doc="The value of a setting of any other type, as a text."),
        word(
            "context",
            "LOCATION",
            "AGENT",
            doc="GLOBAL, ACCOUNT, RETAILER, LOCATION (or AGENT): the narrowest counts; CUSTOMER is to be read only.",
        ),
        integer("contextId", null=False, doc="Id of the retailer, location or customer; 0 for ACCOUNT and GLOBAL."),
    ),
    plural="settings",
    gets=("setting(id)",),
    create="name! valueType! lobValue value context! contextId!",
    update="id! name valueType! lobValue value context! contextId!",
    unique=(Unique(columns=("name", "context", "context_id")),),
    scope="account",
)

ENTITIES = (PERMISSION, ROLE, USER_ROLE, USER, SETTING)
