"""Virtual views: a catalogue of stock over a network, whose figures are read from the stock itself (spec 21 §8)."""

from __future__ import annotations

from penstock.model.vocabulary import Entity, Unique
from penstock.model.words import dates, identifier, ref, status, text, texts

VIRTUAL_VIEW = Entity(
    name="VirtualView",
    table="virtual_view",
    doc="What can be sold from one inventory catalogue at the locations of one network, asked of the stock itself.",
    interfaces=("Node", "Referenceable"),
    fields=(
        identifier(),
        *dates(),
        ref(null=False, doc="Reference given by the client, unique in the account; without #."),
        text("name", null=False),
        text("description"),
        status(doc="ACTIVE from the start. CREATED and LOADING ask clients to come again, any other to look at it."),
        text("inventoryCatalogueRef", doc="Ref of the inventory catalogue that it looks at."),
        text("productCatalogueRef", doc="Ref of the catalogue of its products; decides nothing yet."),
        text("networkRef", doc="Ref of the network whose locations it looks at."),
        texts("retailerRefs"),
    ),
    addressed="ref",
    keys={"VirtualViewInput": "ref!"},
    plural="virtualViews",
    create="ref! name! description inventoryCatalogueRef! productCatalogueRef networkRef! retailerRefs",
    update="ref! status name description inventoryCatalogueRef productCatalogueRef networkRef retailerRefs",
    unique=(Unique(columns=("ref",)),),
    scope="refs",
)

ENTITIES = (VIRTUAL_VIEW,)
