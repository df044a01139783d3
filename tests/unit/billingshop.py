"""A retailer with billing accounts in memory."""

from __future__ import annotations

from typing import Any

from billingflow import ACCOUNT, ORDER, RETURN, TAX
from penstock.testing.simulation import Simulation

Row = Any

SETTINGS = {
    "DEFAULT_TAX_TYPE": TAX,
    "GST": 10,
    "webhook.payment.refund": {"url": "https://pay.example/refund", "name": "fc.connect.payment.refund"},
}


class Retailer:
    """A simulation of the three workflows, with a currency, products and a customer."""

    def __init__(self, **settings: Any) -> None:
        self.simulation = Simulation([ORDER, ACCOUNT, RETURN], settings={**SETTINGS, **settings})
        add = self.simulation.add
        self.currency = add("Currency", alphabetic_code="AUD", minor_units=2)
        self.catalogue = add("ProductCatalogue", ref="PC:1", type="MASTER", status="ACTIVE")
        self.products = {ref: self._product(ref) for ref in ("JEANS", "CAP", "TSHIRT")}
        self.customer = add("Customer", ref="ana", username="ana", first_name="Ana", last_name="Lee")

    def _product(self, ref: str) -> Row:
        return self.simulation.add("VariantProduct", ref=ref, catalogue_id=self.catalogue.id)

    def order(self, ref: str, *lines: tuple[str, int, float], status: str = "BOOKED", **values: Any) -> Row:
        """Add an order of lines (product, units, price)."""
        add = self.simulation.add
        usual = {"type": "HD", "customer_id": self.customer.id, "total_price": sum(u * p for _, u, p in lines)}
        made = add("Order", ref=ref, status=status, **{**usual, **values})
        made.workflow_ref, made.workflow_version = "ORDER::HD", 1
        address = add("CustomerAddress", order_id=made.id, ref=f"A-{ref}", city="Sydney")
        about = {"type": "HD", "delivery_type": "STANDARD", "delivery_address_id": address.id}
        choice = add("FulfilmentChoice", ref=f"{ref}-FC", order_id=made.id, **about)
        for number, (product, units, price) in enumerate(lines, 1):
            add(
                "OrderItem",
                ref=str(number),
                order_id=made.id,
                product_id=self.products[product].id,
                product_ref=product,
                product_catalogue_ref="PC:1",
                fulfilment_choice_id=choice.id,
                quantity=units,
                price=price,
                paid_price=price,
                total_price=units * price,
                tax_type="GST",
                currency="AUD",
            )
        return made

    def paid(self, order_: Row, amount: float, ref: str = "T1", type_: str = "PAYMENT", **values: Any) -> Row:
        """Add a payment transaction of an order."""
        about = {"order_id": order_.id, "type": type_, "ref": ref, "total": amount, "currency": "AUD"}
        return self.simulation.add("FinancialTransaction", status="SUCCESS", **about, **values)

    def returned(self, order_: Row, units: int, price: float, tax: float, **values: Any) -> Row:
        """Add a return, in status RECEIVED, of the first line of an order."""
        add = self.simulation.add
        link = {"ref": order_.ref, "retailer": {"id": "1"}}
        about = {"type": "CUSTOMER_RETURN", "customer_id": self.customer.id, "currency_id": self.currency.id}
        sums = {"sub_total_amount": money(units * price - tax), "total_tax": money(tax)}
        made = add(
            "ReturnOrder",
            ref=f"{order_.ref}-R1",
            status="RECEIVED",
            order_link=link,
            default_tax_type=TAX,
            total_amount=money(units * price),
            **{**about, **sums, **values},
        )
        made.workflow_ref, made.workflow_version = "RETURN_ORDER::DEFAULT", 1
        item = self.simulation.rows("OrderItem", order_id=order_.id)[0]
        add(
            "ReturnOrderItem",
            ref=f"{made.ref}-1",
            status="ACCEPTED",
            return_order_id=made.id,
            order_item_link={"ref": item.ref, "order": link},
            product_id=item.product_id,
            unit_quantity={"quantity": units},
            unit_tax_type=TAX,
            unit_amount=money(price),
            item_amount=money(units * price),
            item_tax_amount=money(tax),
            return_reason={"value": "WRONGSIZE", "label": "Wrong size"},
        )
        return made


def money(value: float) -> dict[str, Any]:
    """Return an amount as rows keep it, with two decimal places."""
    return {"amount": round(value, 2), "scale": 2, "unscaledValue": round(value * 100)}
