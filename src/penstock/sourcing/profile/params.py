"""Parameters of conditions and criteria, as profiles give them (spec 22 §8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.model.numbers import finite
from penstock.sourcing.profile.failures import ProfileError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MISSING = object()
MOST = 1_000_000  # of an amount


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters by name; ``owner`` says in messages whose they are: ``strategy GOLD, condition tier``.

    Each getter raises :class:`ProfileError` for a value that is missing or of another kind.
    """

    owner: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, owner: str, given: Any) -> Params:
        """Read an object by parameter name, or a list of ``{"name", "value"}``; None is no parameter."""
        if isinstance(given, list) and all(isinstance(entry, dict) and "name" in entry for entry in given):
            return cls(owner, {str(entry["name"]): entry.get("value") for entry in given})
        if given is None or isinstance(given, dict):
            return cls(owner, given or {})
        raise ProfileError(f"{owner}: params must be an object or a list of names and values, not {given!r}")

    def get(self, name: str, default: Any = _MISSING) -> Any:
        """Return a parameter as it was given; null is like missing."""
        value = self.values.get(name)
        if value is not None:
            return value
        if default is _MISSING:
            raise ProfileError(f"{self.owner}: the parameter {name} is missing")
        return default

    def number(self, name: str, default: Any = _MISSING) -> float:
        """Return a number, which may come as text."""
        return self._number(name, self.get(name, default))

    def amount(self, name: str, default: Any = _MISSING) -> float:
        """Return a number from zero on."""
        return self._amount(name, self.get(name, default))

    def amounts(self, name: str) -> dict[str, float]:
        """Return numbers from zero on by name, from an object; none where it is missing."""
        given = self.get(name, {})
        if not isinstance(given, dict):
            raise self.wrong(name, "an object of numbers by name")
        return {key: self._amount(name, value) for key, value in given.items()}

    def count(self, name: str, default: int, most: int) -> int:
        """Return a whole number from zero to the most allowed."""
        number = self.number(name, default)
        if not (0 <= number <= most and number.is_integer()):
            raise self.wrong(name, f"a whole number from 0 to {most}")
        return int(number)

    def only(self, *names: str) -> None:
        """Refuse parameters of other names: one that is misspelt would not count, and nobody would know."""
        unknown = sorted(self.values.keys() - set(names))
        if unknown:
            raise ProfileError(f"{self.owner}: there is no parameter {unknown[0]}, only {', '.join(names)}")

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return the numbers of a list, at least one; one number stands for a list of one."""
        return tuple(self._number(name, value) for value in self._several(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list, at least one; one text stands for a list of one."""
        values = self._several(name)
        for value in values:
            if not isinstance(value, str):
                raise self.wrong(name, "a list of texts")
        return tuple(values)

    def one_of(self, name: str, allowed: Mapping[str, Any], default: str) -> Any:
        """Return what a word among those allowed stands for."""
        word = self.get(name, default)
        if not isinstance(word, str) or word not in allowed:
            raise self.wrong(name, f"one of {', '.join(allowed)}")
        return allowed[word]

    def wrong(self, name: str, wanted: str) -> ProfileError:
        """Return the error that says what a parameter must be."""
        return ProfileError(f"{self.owner}: the parameter {name} must be {wanted}, not {self.values.get(name)!r}")

    def _several(self, name: str) -> list[Any]:
        given = self.get(name)
        values = given if isinstance(given, list) else [given]
        if not values:
            raise self.wrong(name, "a list with something in it")
        return values

    def _amount(self, name: str, value: Any) -> float:
        number = self._number(name, value)
        if not 0 <= number <= MOST:
            raise self.wrong(name, f"from 0 to {MOST:,}")
        return number

    def _number(self, name: str, value: Any) -> float:
        number = finite(value)
        if number is None:
            raise self.wrong(name, "a number")
        return number


def listed(params: Params) -> tuple[str, ...]:
    """Return the texts of the parameter ``value``: what most criteria read."""
    return params.texts("value")
