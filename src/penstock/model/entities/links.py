"""Links that many documents of returns and billing have: to their retailer, a currency, a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.words import link

if TYPE_CHECKING:
    from penstock.model.vocabulary import Field

MONEY = ("subTotalAmount", "totalTax", "totalAmount")


def retailer_link(*, null: bool = True, doc: str = "Retailer that it belongs to.") -> tuple[Field, ...]:
    """Declare the retailer, shown by its id alone."""
    return link(
        "retailer",
        "Retailer",
        "retailer",
        key="RetailerId",
        required=True,
        null=null,
        output="RetailerLink",
        filter_key="RetailerLinkInput",
        doc=doc,
    )


def currency_link(doc: str = "Currency of the amounts.") -> tuple[Field, ...]:
    """Declare a currency, shown by its code."""
    return link(
        "currency",
        "Currency",
        "currency",
        key="CurrencyKey",
        output="CurrencyLink",
        filter_key="CurrencyLinkInput",
        doc=doc,
    )


def product_link(doc: str = "Product that it is about.") -> tuple[Field, ...]:
    """Declare a product, shown by its ref and catalogue."""
    return link("product", "Product", key="ProductKey", output="ProductLink", filter_key="ProductLinkInput", doc=doc)
