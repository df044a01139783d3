"""Returns as orders make them, for tests of rules (spec 33 §3)."""

from __future__ import annotations

from typing import Any

from returncases import Sale, back

from penstock.rules import Action, Create
from penstock.testing import run

VALIDATE, UPDATE = "order.ValidateReturnQty", "order.UpdateOrderItemAttribute"
CREATE = "order.CreateReturnOrderFromOrder"
EX = {"productRef": "TSHIRT-L", "quantity": 1, "price": 49.95}


def aud(value: float) -> dict[str, Any]:
    return {"amount": value, "scale": 2, "unscaledValue": round(value * 100)}


def created(actions: list[Action], entity: str) -> list[Any]:
    return [a.row for a in actions if isinstance(a, Create) and type(a.row).__name__ == f"{entity}Row"]


def made(sale: Sale, *entries: dict[str, Any], **attributes: Any) -> Any:
    given = {"returnItems": list(entries or (back(),)), "type": "CUSTOMER_RETURN", **attributes}
    return run(CREATE, sale.context(**given))
