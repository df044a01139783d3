"""The retailer's places: one distribution centre and a store in each of twenty British cities."""

from __future__ import annotations

from penstock.demo.plan.draw import whole
from penstock.demo.plan.shapes import Address, City, Location

HOME = "United Kingdom"
CENTRE_CITY = "Daventry"  # about the middle of England, where such warehouses really stand
CENTRE = "DC-DAVENTRY"
STORES = 20

_CLOSED = (0, 0)
_SHOP_HOURS = ((900, 1730),) * 3 + ((900, 2000),) + ((900, 1800),) * 2 + ((1100, 1700),)
_SMALL_SHOP_HOURS = ((930, 1730),) * 6 + (_CLOSED,)
_CENTRE_HOURS = ((600, 2200),) * 6 + (_CLOSED,)
_LARGE = 8  # the first cities of the table are the largest ones; their stores keep longer hours


def locations(cities: tuple[City, ...]) -> tuple[Location, ...]:
    """Return the distribution centre, then the stores in the order of the table of cities."""
    british = [city for city in cities if city.country == HOME]
    centre = next(city for city in british if city.name == CENTRE_CITY)
    shops = [city for city in british if city is not centre][:STORES]
    return (_centre(centre), *(_store(city, large=n < _LARGE) for n, city in enumerate(shops)))


def _centre(city: City) -> Location:
    address = Address("Gifts distribution centre", "1 Drift Way", city, city.latitude, city.longitude)
    return Location(CENTRE, "WAREHOUSE", f"Distribution centre {city.name}", address, _CENTRE_HOURS)


def _store(city: City, *, large: bool) -> Location:
    ref = "STORE-" + city.name.split()[0].upper()
    street = f"{whole(1, 90, 'store', ref)} High Street"
    address = Address(f"Gifts {city.name}", street, city, city.latitude, city.longitude)
    hours = _SHOP_HOURS if large else _SMALL_SHOP_HOURS
    return Location(ref, "STORE", f"Gifts {city.name}", address, hours)
