"""The first password of an administrator that a RETAILER batch made (spec 11 §4.6).

It is made when whoever sent the batch reads the results for the first time, and shown in that answer only; what is
stored is its hash. So it stands nowhere for others to read, neither before nor after. When the answer gets lost, the
account's administrator sets another password with ``updateUser``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.identity.passwords import hash_password, new_password

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.database.pools import Database

MOST = 20  # in one answer: a hash takes some 30 ms of a core; the next answer has the others
_WITHOUT = "SELECT id FROM users WHERE id = ANY($1::bigint[]) AND password_hash IS NULL ORDER BY id LIMIT $2"
_SET = """
UPDATE users SET password_hash = given.hash, updated_on = now() FROM unnest($1::bigint[], $2::text[]) given (id, hash)
WHERE users.id = given.id AND users.password_hash IS NULL RETURNING users.id"""


async def first_passwords(database: Database, users: Sequence[int]) -> dict[int, str]:
    """Give a password to those of these users who have none yet, and return it by user, for this one time."""
    if not users:
        return {}
    ids = [row["id"] for row in await database.fetch(_WITHOUT, list(users), MOST)]
    passwords = {id_: new_password() for id_ in ids}
    hashes = [await hash_password(password) for password in passwords.values()]
    given = await database.fetch(_SET, ids, hashes) if ids else []
    return {row["id"]: passwords[row["id"]] for row in given}  # another reader may have been faster
