"""Sourcing profiles: who fulfils, in versions (newer than the contract; spec 22 §7, §8)."""

from __future__ import annotations

from penstock.model.vocabulary import Embedded, Entity, Unique
from penstock.model.words import dates, identifier, integer, link, loose, ref, status, text


def _strategies(name: str, doc: str) -> Embedded:
    return Embedded(name=name, type="SourcingStrategy", many=True, doc=doc)


SOURCING_PROFILE = Entity(
    name="SourcingProfile",
    table="sourcing_profile",
    doc="One version of how locations are chosen; a version never changes, and one of each ref is ACTIVE.",
    fields=(
        identifier(),
        ref(
            null=False,
            doc="Reference given by the client, the same for all versions; workflows name the profile by it.",
        ),
        integer("version", null=False, doc="Number of this version, counted from 1 for each ref."),
        text("versionComment", doc="What is new in this version."),
        text("name"),
        text("description"),
        status(null=False, doc="DRAFT, ACTIVE (the one version of the ref that is used) or INACTIVE."),
        *link("user", "User", "users", key="UserId", doc="Who made this version."),
        *dates(),
        *link(
            "retailer",
            "Retailer",
            "retailer",
            key="RetailerId",
            doc="Retailer that it belongs to, the same in all versions; without one it is the account's.",
        ),
        loose(
            "defaultVirtualCatalogue",
            "CatalogueLink",
            "VirtualCatalogueKey",
            doc="BASE catalogue of stock, unless a strategy names its own; need not exist yet.",
        ),
        loose(
            "defaultNetwork",
            "NetworkLink",
            "NetworkLinkInput",
            doc="Network of locations, unless a strategy names its own; need not exist yet.",
        ),
        integer("defaultMaxSplit", minimum=0, doc="How many fulfilments beside the first one a plan may have."),
        _strategies("sourcingStrategies", "Tried in this order; the first whose plan covers everything wins."),
        _strategies("sourcingFallbackStrategies", "The first of these that applies is used when none has won."),
    ),
    keys={"SourcingProfileKey": "ref! version!"},
    plural="sourcingProfiles",
    gets=("sourcingProfile(ref! version status)",),
    latest="version",
    create="ref! versionComment name description retailer defaultVirtualCatalogue defaultNetwork defaultMaxSplit "
    "sourcingStrategies:CreateSourcingStrategyInput sourcingFallbackStrategies:CreateSourcingStrategyInput",
    mutations=("create",),
    unique=(Unique(columns=("ref", "version")), Unique(columns=("ref",), where="status = 'ACTIVE'")),
)

ENTITIES = (SOURCING_PROFILE,)
