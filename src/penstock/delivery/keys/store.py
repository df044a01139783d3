"""The keys of one account: the one that signs, the one to come, those that served before.

A key is published from the moment that it is stored until it is retired, so receivers can know the next one before
the first webhook is signed with it, and still check what the last one has signed.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from penstock.delivery.failures import SealedError
from penstock.delivery.keys.pair import Pair
from penstock.errors import InvalidValueError, NotFoundError

if TYPE_CHECKING:
    import asyncpg

    from penstock.clock import Clock
    from penstock.database.pools import Database
    from penstock.delivery.keys.sealing import Seal

NEXT, ACTIVE, PREVIOUS, RETIRED = "NEXT", "ACTIVE", "PREVIOUS", "RETIRED"
DEFAULT_BITS = 2_048
MOST_LISTED = 100

_COLUMNS = "id, state, bits, rsa_public, ed25519_public, created, activated, retired"
_LIST = f"SELECT {_COLUMNS} FROM webhook_key ORDER BY created DESC, id LIMIT {MOST_LISTED}"
_PUBLISHED = f"""
SELECT {_COLUMNS} FROM webhook_key WHERE state <> 'RETIRED'
ORDER BY state <> 'ACTIVE', state <> 'NEXT', activated DESC LIMIT {MOST_LISTED}"""
_SIGNING = """
SELECT id, sealed FROM webhook_key WHERE state IN ('ACTIVE', 'PREVIOUS')
ORDER BY state <> 'ACTIVE', activated DESC LIMIT 3"""
_ADD = """
INSERT INTO webhook_key (id, state, bits, rsa_public, ed25519_public, sealed, created, activated)
VALUES ($1, $2::text, $3, $4, $5, $6, $7::timestamptz, CASE WHEN $2 = 'ACTIVE' THEN $7 END) ON CONFLICT DO NOTHING"""
_END = "UPDATE webhook_key SET state = 'PREVIOUS' WHERE state = 'ACTIVE'"
_BEGIN = "UPDATE webhook_key SET state = 'ACTIVE', activated = $1 WHERE state = 'NEXT'"
_STATE = "SELECT state FROM webhook_key WHERE id = $1 FOR UPDATE"
_RETIRE = "UPDATE webhook_key SET state = 'RETIRED', retired = $2, sealed = '' WHERE id = $1"
_ONE_AT_A_TIME = "LOCK TABLE webhook_key IN SHARE ROW EXCLUSIVE MODE"


class PublicKey(msgspec.Struct, frozen=True):
    """What anybody may know of a key; the keys themselves as Base64 of their SubjectPublicKeyInfo."""

    id: uuid.UUID
    state: str
    bits: int
    rsa_public: str
    ed25519_public: str
    created: datetime
    activated: datetime | None
    retired: datetime | None


class Keys:
    """The keys of one account; ``seal`` None in a process that may look but not sign."""

    def __init__(self, database: Database, clock: Clock, seal: Seal | None, bits: int = DEFAULT_BITS) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._bits = bits
        self._opened: dict[uuid.UUID, Pair] = {}

    async def all(self) -> list[PublicKey]:
        """Return all keys, the newest first."""
        return [PublicKey(*row) for row in await self._database.fetch(_LIST)]

    async def published(self) -> list[PublicKey]:
        """Return the keys that receivers should know: the one that signs first, then the next, then the last."""
        return [PublicKey(*row) for row in await self._database.fetch(_PUBLISHED)]

    async def ensure(self) -> None:
        """Make the first key where there is none; whoever else does so at the same time, one key is kept."""
        if not await self._database.fetchval("SELECT EXISTS (SELECT FROM webhook_key WHERE state = 'ACTIVE')"):
            await self._add(self._database, ACTIVE)

    async def signing(self) -> list[Pair]:
        """Return the key that signs, and before it is forgotten the one before it, too.

        Raises:
            SealedError: this process has no secret, or the first key was sealed with another one.
        """
        rows = await self._database.fetch(_SIGNING)
        opened = [self._open(row["id"], row["sealed"]) for row in rows[:1]]
        for row in rows[1:]:
            try:
                opened.append(self._open(row["id"], row["sealed"]))
            except SealedError:  # an older key of another secret: the first one is enough
                continue
        return opened

    async def prepare(self) -> None:
        """Make and publish the next key, without signing with it yet.

        Raises:
            InvalidValueError: there is a next key already.
        """
        if not (await self._add(self._database, NEXT)).endswith(" 1"):
            raise InvalidValueError("The next key is prepared already; rotate to it, or retire it first.")

    async def rotate(self) -> None:
        """Sign with the next key from now on, or with a fresh one; the last one stays published."""
        async with self._database.transaction() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            await connection.execute(_END)
            if (await connection.execute(_BEGIN, self._clock.now())).endswith(" 0"):
                await self._add(connection, ACTIVE)

    async def retire(self, id_: uuid.UUID) -> None:
        """Publish a key no longer, and forget its private half.

        Raises:
            NotFoundError: there is no such key.
            InvalidValueError: it is the one that signs.
        """
        async with self._database.transaction() as connection:
            state = await connection.fetchval(_STATE, id_)
            if state is None:
                raise NotFoundError(f"Webhook key {id_} does not exist.")
            if state == ACTIVE:
                raise InvalidValueError(f"Webhook key {id_} signs; rotate first.")
            if state != RETIRED:
                await connection.execute(_RETIRE, id_, self._clock.now())

    async def _add(self, connection: Database | asyncpg.Connection, state: str) -> str:
        seal = self._required_seal()
        pair = await asyncio.to_thread(Pair.make, self._bits)  # a tenth of a second and more
        public = (self._bits, pair.rsa_public, pair.ed25519_public)
        status: str = await connection.execute(_ADD, pair.id, state, *public, pair.sealed(seal), self._clock.now())
        return status

    def _open(self, id_: uuid.UUID, sealed: bytes) -> Pair:
        if id_ not in self._opened:
            self._opened[id_] = Pair.unsealed(id_, sealed, self._required_seal())
        return self._opened[id_]

    def _required_seal(self) -> Seal:
        if self._seal is None:
            raise SealedError("This process cannot sign webhooks: PENSTOCK_SECRET is not set.")
        return self._seal
