"""Links that many documents of returns and billing have: to their retailer, a currency, a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.model.words import link

if TYPE_CHECKING:
    from penstock.model.vocabulary import Field

MONEY = ("subTotalAmount", "totalTax", "totalAmount")


def retailer_link(*, null: bool = True) -> tuple[Field, ...]:
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
    )


def currency_link() -> tuple[Field, ...]:
    """Declare a currency, shown by its code."""
    return link(
        "currency", "Currency", "currency", key="CurrencyKey", output="CurrencyLink", filter_key="CurrencyLinkInput"
    )


def product_link() -> tuple[Field, ...]:
    """Declare a product, shown by its ref and catalogue."""
    return link("product", "Product", key="ProductKey", output="ProductLink", filter_key="ProductLinkInput")
