"""What a type in a profile stands for, and where packages add types of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from penstock.sourcing.profile.failures import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Registry(Generic[T]):
    """Conditions or criteria by type; ``kind`` is the word for them in messages."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.by_type: dict[str, T] = {}

    def add(self, type_: str, entry: T) -> None:
        """Keep an entry; ``ValueError`` where its type is taken."""
        if type_ in self.by_type:
            raise ValueError(f"the {self.kind} {type_} is declared twice")
        self.by_type[type_] = entry

    def find(self, type_: str, owner: str) -> T:
        """Return what a type stands for; :class:`ProfileError` names those that there are."""
        found = self.by_type.get(type_)
        if found is None:
            known = ", ".join(sorted(self.by_type))
            raise ProfileError(f"{owner}: there is no {self.kind} of type {type_}, only {known}")
        return found

    def __iter__(self) -> Iterator[T]:
        return iter(self.by_type.values())
