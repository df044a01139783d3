"""A small workflow for mixed baskets: orders whose choices are sourced by themselves (spec 34 §3)."""

from __future__ import annotations

from typing import Any

EX = ["CANCELLED", "ESCALATED"]
SOURCING, RECEIVED = ["BOOKED", "PICK_PACK"], ["RECEIVED"]
REJECTED = "RJT_1"


def call(name: str, event: str | None = None, **props: Any) -> dict[str, Any]:
    named = {} if event is None else {"eventName": event}
    return {"name": f"ACME.{name}", "props": {**named, **props}}


def rules(type_: str, name: str, statuses: list[str], *calls: dict[str, Any]) -> dict[str, Any]:
    triggers = [{"status": status} for status in statuses]
    return {"name": name, "type": type_, "eventType": "NORMAL", "triggers": triggers, "rules": list(calls)}


def state(status: str) -> dict[str, Any]:
    return call("core.SetState", status=status)


def of_order() -> list[dict[str, Any]]:
    done: dict[str, Any] = {"status": ["COMPLETE", "CANCELLED", "ESCALATED"], "atLeastOne": ["COMPLETE"]}
    open_ = ["CREATED", "RECEIVED", "BOOKED"]
    return [
        rules("ORDER", "CREATE", ["CREATED"], state("RECEIVED")),
        rules("ORDER", "FulfilmentChoiceBooked", ["CREATED", "RECEIVED"], state("BOOKED")),
        rules(
            "ORDER",
            "VerifyAllFulfilmentChoicesStates",
            ["RECEIVED", "BOOKED"],
            call("order.SendEventOnVerifyingAllFulfilmentChoicesStates", "OrderComplete", **done),
        ),
        rules("ORDER", "OrderComplete", ["RECEIVED", "BOOKED"], state("COMPLETE")),
        rules(
            "ORDER",
            "OrderCancel",
            open_,
            state("CANCELLED"),
            call("order.SendEventForAllFulfilmentChoices", "CancelFulfilmentChoice"),
            call("order.SendEventForAllFulfilments", "CancelFulfilment"),
        ),
    ]


def of_choice() -> list[dict[str, Any]]:
    def at(name: str, statuses: list[str], *calls: dict[str, Any]) -> dict[str, Any]:
        return rules("FULFILMENT_CHOICE", name, statuses, *calls)

    def order(event: str) -> dict[str, Any]:
        return call("order.SendEventForOrder", event)

    lists: dict[str, Any] = {"acceptedStatuses": ["CREATED", "ASSIGNED"], "rejectedStatuses": EX}
    by_choice = "order.SendEventOnVerifyingAllFulfilmentStatesByFulfilmentChoice"
    done: dict[str, Any] = {"status": ["COMPLETE", "REJECTED", *EX], "atLeastOne": ["COMPLETE"]}
    return [
        at(
            "CREATE",
            ["CREATED"],
            state("RECEIVED"),
            call("order.ForwardEventByFulfilmentChoiceType", "CheckOrderCoordinates", type="HD"),
            call("order.ForwardEventByFulfilmentChoiceType", "CheckPickupLocation", typeName="CC"),
        ),
        at(
            "CheckPickupLocation",
            RECEIVED,
            call("order.ForwardIfPickupLocationValid", "ProcessFulfilmentChoice", networkRef="CC_1"),
            call("order.ForwardIfPickupLocationNotValid", "ProcessError", networkRef="CC_1"),
        ),
        at(
            "CheckOrderCoordinates",
            RECEIVED,
            call("order.ForwardIfFulfilmentChoiceCoordinatesPresent", "ProcessFulfilmentChoice"),
            call("order.ForwardIfFulfilmentChoiceCoordinatesNotPresent", "CheckDeliveryAddress"),
        ),
        at(
            "CheckDeliveryAddress",
            RECEIVED,
            call("order.ForwardIfDeliveryAddressPresent", "ResolveCoordinates"),
            call("order.ForwardIfDeliveryAddressNotPresent", "ProcessError"),
        ),
        at(
            "ResolveCoordinates",
            RECEIVED,
            call(
                "order.ResolveFulfilmentChoiceCoordinates",
                validAddress="UpdateCoordinates",
                invalidAddress="ProcessError",
            ),
        ),
        at(
            "UpdateCoordinates",
            RECEIVED,
            call("order.UpdateOrderCoordinates"),
            call("core.SendEvent", "ProcessFulfilmentChoice"),
        ),
        at(
            "ProcessFulfilmentChoice",
            RECEIVED,
            state("BOOKED"),
            order("FulfilmentChoiceBooked"),
            call("order.ScheduleFulfilmentCreationForDeliverAfter", "FindAndCreateFulfilment"),
        ),
        at("ProcessError", RECEIVED, state("ESCALATED"), order("VerifyAllFulfilmentChoicesStates")),
        at(
            "FindAndCreateFulfilment",
            SOURCING,
            call("order.ForwardEventWithDeliveryAddressCoordinatesByType", "HomeNetwork", type="HD"),
            call("order.ForwardEventWithPickupLocationCoordinatesByType", "CollectionNetwork", type="CC"),
        ),
        *(
            at(
                name,
                SOURCING,
                call("order.GetLocationsForNetwork", "Distances", networkRef=ref, locationStatuses=["ACTIVE"]),
            )
            for name, ref in (("HomeNetwork", "HD_1"), ("CollectionNetwork", "CC_1"))
        ),
        at("Distances", SOURCING, call("order.CalculateLocationsDistances", "Search")),
        at(
            "Search",
            SOURCING,
            call("order.SearchInventoryAtLocationsForFulfilmentChoice", "Select", virtualCatalogueRef="BASE:1"),
        ),
        at("Select", SOURCING, call("order.SelectProposedFulfilmentForFulfilmentChoice", "CheckProposed")),
        at(
            "CheckProposed",
            SOURCING,
            call("order.ForwardIfProposedFulfilmentNotPresent", "CreateRejected"),
            call("order.ForwardIfProposedFulfilmentPresent", "CheckSplits"),
        ),
        at(
            "CheckSplits",
            SOURCING,
            call(
                "order.ForwardIfMaxSplitLimitReached", "CreateRejected", maxSplitLimit=1, excludedFulfilmentStatuses=EX
            ),
            call(
                "order.ForwardIfMaxSplitLimitNotReached",
                "CreateFulfilment",
                maxSplitLimit=1,
                excludedFulfilmentStatuses=EX,
            ),
        ),
        at(
            "CreateFulfilment",
            SOURCING,
            call("order.CreateFulfilmentForFulfilmentChoice"),
            call("order.ForwardIfUnfulfilledItemsExistInFulfilmentChoice", "FindAndCreateFulfilment"),
        ),
        at(
            "CreateRejected",
            SOURCING,
            call(
                "order.CreateFulfilmentForFulfilmentChoiceForUnfulfillableItems",
                systemRejectedLocationRef=REJECTED,
                **lists,
            ),
        ),
        at("FulfilmentAssigned", ["BOOKED"], state("PICK_PACK")),
        at("CheckIfChoiceIsComplete", SOURCING, call(by_choice, "ChoiceComplete", **done)),
        at("ChoiceComplete", SOURCING, state("COMPLETE"), order("VerifyAllFulfilmentChoicesStates")),
        at("CancelFulfilmentChoice", ["CREATED", "RECEIVED", "BOOKED", "ESCALATED"], state("CANCELLED")),
    ]


def of_fulfilment() -> list[dict[str, Any]]:
    def at(name: str, statuses: list[str], *calls: dict[str, Any]) -> dict[str, Any]:
        return rules("FULFILMENT", name, statuses, *calls)

    def choice(event: str) -> dict[str, Any]:
        return call("order.SendEventForFulfilmentChoice", event)

    status = "order.SendEventToFulfilmentOnVerifyingFulfilmentChoiceStatus"
    escalate = "order.SendEventToProcessUnfulfilableFulfilment"
    return [
        at(
            "CREATE",
            ["CREATED"],
            call("order.AddFulfilmentTypeAttributeToFulfilment"),
            call(status, "ProcessFulfilment", fulfilmentChoiceStatus=SOURCING),
        ),
        at(
            "ProcessFulfilment",
            ["CREATED"],
            call(escalate, "Escalate", systemRejectedLocationRef=REJECTED),
            call("core.SendEvent", "Assign"),
        ),
        at("Escalate", ["CREATED"], state("ESCALATED"), choice("CheckIfChoiceIsComplete")),
        at("Assign", ["CREATED"], state("ASSIGNED"), choice("FulfilmentAssigned")),
        at(
            "Refuse",
            ["ASSIGNED"],
            call("order.RejectFulfilment"),
            state("REJECTED"),
            choice("FindAndCreateFulfilment"),
        ),
        at("Done", ["ASSIGNED"], state("COMPLETE"), choice("CheckIfChoiceIsComplete")),
        at("CancelFulfilment", ["CREATED", "ASSIGNED"], call("core.CancelFulfilment")),
    ]


STATUSES = {
    "ORDER": ("CREATED RECEIVED BOOKED", "COMPLETE CANCELLED"),
    "FULFILMENT_CHOICE": ("CREATED RECEIVED BOOKED PICK_PACK", "COMPLETE CANCELLED ESCALATED"),
    "FULFILMENT": ("CREATED ASSIGNED", "COMPLETE CANCELLED ESCALATED REJECTED"),
}

DOCUMENT = {
    "entityType": "ORDER",
    "entitySubtype": "MULTI",
    "name": "ORDER::MULTI",
    "version": "1.0",
    "retailerId": "1",
    "statuses": [
        {"name": name, "entityType": type_, "category": category}
        for type_, both in STATUSES.items()
        for category, names in zip(("BOOKING", "DONE"), both, strict=True)
        for name in names.split()
    ],
    "rulesets": [*of_order(), *of_choice(), *of_fulfilment()],
}
