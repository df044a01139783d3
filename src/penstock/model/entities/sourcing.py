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
        ref(null=False),
        integer("version", null=False),
        text("versionComment"),
        text("name"),
        text("description"),
        status(null=False),
        *link("user", "User", "users", key="UserId"),
        *dates(),
        *link("retailer", "Retailer", "retailer", key="RetailerId"),
        loose("defaultVirtualCatalogue", "CatalogueLink", "VirtualCatalogueKey"),
        loose("defaultNetwork", "NetworkLink", "NetworkLinkInput"),
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
