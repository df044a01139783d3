"""The people of the retailer, each in a file: what they look for, and what they then do about it."""

from __future__ import annotations

from penstock.demo.players.carrier import Carrier
from penstock.demo.players.player import Player
from penstock.demo.players.service import Service
from penstock.demo.players.shop import Shop
from penstock.demo.players.stores import Stores
from penstock.demo.players.warehouse import Warehouse

__all__ = ["Carrier", "Player", "Service", "Shop", "Stores", "Warehouse"]
