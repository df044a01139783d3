"""How the retailer weighs distance against completeness: one parcel matters more than a short way."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.demo.client import Api

# Settings of sourcing (spec 22 §4); with 50 and 50 a store next door would take single lines of most orders.
WEIGHTS = {"PROXIMITY.WEIGHTING.FACTOR": 10, "QUANTITY.WEIGHTING.FACTOR": 90}
_EXISTS = "C0123E"


async def set_weights(api: Api) -> None:
    """Create the retailer's settings; those that exist are left as somebody set them."""
    inputs = [
        {
            "name": name,
            "valueType": "INTEGER",
            "value": str(value),
            "context": "RETAILER",
            "contextId": int(api.retailer),
        }
        for name, value in WEIGHTS.items()
    ]
    await api.create("createSetting", inputs, _EXISTS)
