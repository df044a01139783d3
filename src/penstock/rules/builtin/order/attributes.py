"""Attributes of events that the rules of an order hand on to each other (spec 22 §6, 32 §6)."""

from __future__ import annotations

from penstock.rules import Attribute, AttributeType

REFUSALS = "sourcingRefusals"  # how often the chosen stock was gone

COORDINATES = (Attribute("latitude", AttributeType.FLOAT), Attribute("longitude", AttributeType.FLOAT))
LOCATIONS = Attribute("locations", AttributeType.ARRAY, "locations that may fulfil, nearest first")
DROPPED = Attribute("droppedLocations", AttributeType.OBJECT, "why others may not fulfil, by ref", required=False)
POSITIONS = Attribute("virtualPositions", AttributeType.ARRAY, "what they can sell")
PROPOSED = Attribute("proposedFulfilment", AttributeType.OBJECT, "the location that fulfils next, and its items")
REFUSED = Attribute(REFUSALS, AttributeType.INTEGER, "how often the chosen stock was gone", required=False)
PACKED = Attribute("packedItems", AttributeType.OBJECT, "lists of articles and rejections")
