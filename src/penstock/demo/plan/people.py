"""Invented people at plausible addresses: the file of orders names only customer numbers and countries."""

from __future__ import annotations

from penstock.demo.plan.draw import fraction, pick, whole
from penstock.demo.plan.shapes import Address, City, Customer

_FIRST = (
    *("Ada", "Alice", "Amir", "Anna", "Ben", "Clara", "Daniel", "Edith", "Elena", "Emma", "Farah", "Finn"),
    *("Grace", "Hannah", "Harry", "Imogen", "Isaac", "Jack", "Jane", "Kwame", "Laura", "Leo", "Lucy", "Maya"),
    *("Nadia", "Noah", "Olive", "Oscar", "Priya", "Rose", "Sam", "Sofia", "Theo", "Tom", "Vera", "Zoe"),
)
_LAST = (
    *("Abbott", "Ahmed", "Baker", "Barnes", "Brook", "Carter", "Clarke", "Dale", "Ellis", "Evans", "Field"),
    *("Foster", "Grant", "Green", "Hall", "Hayes", "Hill", "Hughes", "Hunt", "Kaur", "Khan", "Lane", "Marsh"),
    *("Mills", "Moore", "Nash", "Owen", "Page", "Patel", "Price", "Reed", "Shaw", "Stone", "Ward", "West"),
)
_STREETS = (
    *("Abbey Road", "Bridge Street", "Castle Street", "Chapel Lane", "Church Street", "Garden Lane"),
    *("Harbour View", "High Street", "Kings Road", "Market Place", "Mill Lane", "Orchard Way"),
    *("Park Avenue", "Queen Street", "Riverside", "Station Road", "The Green", "Victoria Road"),
)
_SUBURB = 0.12  # degrees across in which the customers of a city live: about 13 km


def customer(username: str, country: str, cities: tuple[City, ...]) -> Customer:
    """Invent the customer with this username, who lives in one of the country's cities."""
    home = pick([city for city in cities if city.country == country], "home", username)
    first, last = pick(_FIRST, "first", username), pick(_LAST, "last", username)
    mailbox = f"{first}.{last}.{username}".lower()
    return Customer(
        username=username,
        first_name=first,
        last_name=last,
        email=f"{mailbox}@example.com",
        address=_address(f"{first} {last}", username, home),
    )


def _address(name: str, key: str, city: City) -> Address:
    """Invent a street address near the middle of the city."""
    return Address(
        name=name,
        street=f"{whole(1, 140, 'number', key)} {pick(_STREETS, 'street', key)}",
        city=city,
        latitude=round(city.latitude + (fraction("north", key) - 0.5) * _SUBURB, 4),
        longitude=round(city.longitude + (fraction("east", key) - 0.5) * _SUBURB, 4),
    )
