"""What bodies and answers have in common."""

import msgspec


class Shape(msgspec.Struct, rename="camel"):
    """What goes over the wire, its members in camelCase."""
