"""The headers that prove who sent a webhook: the platform's two, and those of Standard Webhooks (spec 14 §3).

Of that specification's two schemes the asymmetric one (``v1a``, Ed25519) is used: what is published is enough to
check it, while the symmetric one needs a secret that both sides keep for each receiver. While keys are rotated the
header holds a signature of the key before, too, as the specification has it; the platform's headers have room for
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from penstock.delivery.keys.pair import Pair

OLDER, CURRENT = "flex.signature", "fluent-signature"


def signed(id_: uuid.UUID, body: bytes, now: datetime, pairs: Sequence[Pair]) -> dict[str, str]:
    """Return the headers for one request; ``pairs`` begins with the key that signs."""
    first = pairs[0]
    seconds = str(int(now.timestamp()))
    content = f"{id_}.{seconds}.".encode() + body
    return {
        OLDER: first.md5_with_rsa(body),
        CURRENT: first.sha512_with_rsa(body),
        "webhook-id": str(id_),
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1a,{pair.ed25519(content)}" for pair in pairs),
    }
