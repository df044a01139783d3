"""Product catalogues, categories, products and prices (spec 30 §6)."""

from __future__ import annotations

from penstock.model.vocabulary import Column, Entity, Field, Lane, Scalar, Unique
from penstock.model.words import (
    attributes,
    dates,
    hidden_identifier,
    identifier,
    kind,
    link,
    many,
    many_through,
    number,
    ref,
    status,
    text,
    texts,
    value,
    workflow,
)

_ORCHESTRATED = ("Extendable", "Node", "Orchestrateable", "Referenceable")

PRODUCT_CATALOGUE = Entity(
    name="ProductCatalogue",
    table="product_catalogue",
    doc="A container of products and categories.",
    interfaces=_ORCHESTRATED,
    fields=(
        identifier(),
        *dates(),
        ref(null=False),
        kind(doc="Type, such as MASTER; names the workflow."),
        *workflow(),
        status(),
        attributes(),
        text("name", null=False),
        text("description"),
        texts("retailerRefs"),
        many("categories", "Category", by="catalogue", doc="Groups that its products are sorted in."),
    ),
    addressed="ref",
    keys={"ProductCatalogueKey": "ref!", "ProductCatalogueLinkInput": "ref!"},
    plural="productCatalogues",
    gets=("productCatalogue(ref!)",),
    create="ref! type! attributes name! description retailerRefs",
    update="ref! type status attributes name description retailerRefs",
    unique=(Unique(columns=("ref",)),),
    event="PRODUCT_CATALOGUE",
    root="self",
    ages=True,
    lane=Lane.NONE,
    tracked=True,
    scope="refs",
)

CATEGORY = Entity(
    name="Category",
    table="category",
    doc="A group of products, in a tree.",
    interfaces=_ORCHESTRATED,
    fields=(
        identifier(),
        *dates(),
        ref(null=False),
        kind(),
        *workflow(),
        status(),
        attributes(),
        text("name", null=False),
        text("summary"),
        *link(
            "catalogue",
            "ProductCatalogue",
            "product_catalogue",
            key="ProductCatalogueKey",
            null=False,
            required=True,
            filter_key="ProductCatalogueKey",
            doc="Catalogue that it sorts.",
        ),
        *link(
            "parentCategory",
            "Category",
            "category",
            key="CategoryKey",
            doc="The category that it is part of; none at the top of the tree.",
        ),
        many("childCategories", "Category", by="parentCategory", doc="Categories that are part of it."),
    ),
    addressed="ref",
    keys={"CategoryKey": "ref! catalogue!"},
    plural="categories",
    gets=("category(ref! catalogue!)",),
    create="ref! catalogue! type! attributes name! summary parentCategory childCategories",
    update="ref! catalogue! type status attributes name summary parentCategory childCategories",
    unique=(Unique(columns=("catalogue_id", "ref")),),
    event="CATEGORY",
    root="catalogue",
    lane=Lane.SELF,
    tracked=True,
    scope="catalogue",
)


def _product(*own: Field) -> tuple[Field, ...]:
    return (
        identifier(),
        *dates(),
        ref(null=False),
        kind(),
        *workflow(),
        status(),
        attributes(),
        *own,
        text("name", null=False),
        text("summary"),
        many_through(
            "categories",
            "Category",
            "product_category",
            "product_id",
            "category_id",
            key="CategoryKey",
            filter_name="category",
        ),
        many("prices", "Price", by="product", plain=True),
        value("tax", "TaxType"),
        *link(
            "catalogue",
            "ProductCatalogue",
            "product_catalogue",
            key="ProductCatalogueKey",
            null=False,
            required=True,
            filter_key="ProductCatalogueKey",
        ),
    )


_UNIQUE = (Unique(columns=("catalogue_id", "ref"), code="C0128E"),)
_PRODUCT_INTERFACES = ("Extendable", "Node", "Orchestrateable", "Product", "Referenceable")

STANDARD_PRODUCT = Entity(
    name="StandardProduct",
    table="product",
    variant="STANDARD",
    doc="A product, with variants or sold as it is.",
    interfaces=_PRODUCT_INTERFACES,
    fields=(
        *_product(text("gtin", null=False)),
        many(
            "variants",
            "VariantProduct",
            by="product",
            without=("category",),
            doc="Its versions, such as sizes and colours.",
        ),
    ),
    addressed="ref",
    keys={"StandardProductKey": "ref catalogue!"},
    plural="standardProducts",
    listed_by=("ref", "gtin", "name", "status", "type"),
    gets=("standardProduct(ref! catalogue!)",),
    create="ref! catalogue! type! attributes gtin! name! summary categories prices taxType=tax variants",
    update="ref! catalogue! type status attributes gtin name summary categories prices taxType=tax variants",
    unique=_UNIQUE,
    event="PRODUCT",
    root="catalogue",
    lane=Lane.SELF,
    tracked=True,
    scope="catalogue",
)

VARIANT_PRODUCT = Entity(
    name="VariantProduct",
    table="product",
    variant="VARIANT",
    doc="One variant of a standard product: what is stocked and ordered.",
    interfaces=_PRODUCT_INTERFACES,
    fields=(
        *_product(
            *link(
                "product",
                "StandardProduct",
                "product",
                key="ProductKey",
                doc="The standard product that it is a version of.",
            ),
            text("gtin", null=False),
        ),
    ),
    addressed="ref",
    keys={"VariantProductKey": "ref catalogue!"},
    plural="variantProducts",
    listed_by=("ref", "gtin", "name", "status", "type"),
    gets=("variantProduct(ref! catalogue!)",),
    create="ref! catalogue! type! attributes product gtin! name! summary categories prices taxType=tax",
    update="ref! catalogue! type status attributes product gtin name summary categories prices taxType=tax",
    unique=_UNIQUE,
    event="PRODUCT",
    root="catalogue",
    lane=Lane.SELF,
    tracked=True,
    scope="catalogue",
)

GROUP_PRODUCT = Entity(
    name="GroupProduct",
    table="product",
    variant="GROUP",
    doc="A bundle of products.",
    interfaces=_PRODUCT_INTERFACES,
    fields=(
        *_product(),
        Column(
            name="products",
            scalar=Scalar.JSON,
            hidden=True,
            filterable=False,
            input="[ProductKey]",
            doc="The products that it bundles; kept, not shown.",
        ),
    ),
    addressed="ref",
    keys={"GroupProductKey": "ref catalogue!"},
    plural="groupProducts",
    listed_by=("ref", "name", "status", "type"),
    gets=("groupProduct(ref! catalogue!)",),
    create="ref! catalogue! type! attributes name! summary categories prices taxType=tax products",
    update="ref! catalogue! type status attributes name summary categories prices taxType=tax products",
    unique=_UNIQUE,
    event="PRODUCT",
    root="catalogue",
    lane=Lane.SELF,
    tracked=True,
    scope="catalogue",
)

PRICE = Entity(
    name="Price",
    table="price",
    doc="A price of a product.",
    interfaces=(),
    fields=(
        hidden_identifier(),
        *link("product", "Product", "product", required=True)[:1],
        text("type", null=False, doc="Which price it is, such as DEFAULT or SALE; free text."),
        text("currency", null=False, doc="Its currency, usually a code of ISO 4217."),
        number("value", null=False, doc="The price as a decimal number."),
    ),
    plural="prices",
    create="type! currency! value!",
    mutations=(),
    unique=(Unique(columns=("product_id", "type", "currency")),),
    scope="account",
)

ENTITIES = (PRODUCT_CATALOGUE, CATEGORY, STANDARD_PRODUCT, VARIANT_PRODUCT, GROUP_PRODUCT, PRICE)
