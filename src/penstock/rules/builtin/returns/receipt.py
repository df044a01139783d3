"""Whether goods that arrive were announced (spec 33 §4)."""

from __future__ import annotations

from penstock.returning.paths import Path
from penstock.rules import Attribute, Context, RuleError, rule
from penstock.rules.builtin.returns.gates import path_of

_KEY = "returnAuthorisationKey"


@rule(
    "order.VerifyReturnAuthorisation",
    "Check the key of goods that were sent by post",
    accepts=["RETURN_ORDER"],
    attributes=[Attribute(_KEY, description="the key on the parcel", required=False)],
    fails={422: "the key is missing, another one, or no longer good"},
)
def verify_return_authorisation(context: Context) -> None:
    """Fail with 422 unless the event has the key of the return, before it expires.

    A return without a key needs none; nor do goods that were handed in or picked up.
    """
    back, given = context.entity, context.event.attributes.get(_KEY)
    if back.return_authorisation_key is None or path_of(context) is not Path.MAILED:
        return
    if str(given) != back.return_authorisation_key:
        raise RuleError(f"attribute {_KEY} {given!r} is not the key of return {back.ref}", 422)
    expiry = back.return_authorisation_key_expiry
    if expiry is not None and expiry < context.now:
        raise RuleError(f"attribute {_KEY}: the key of return {back.ref} was good until {expiry:%Y-%m-%d %H:%M}", 422)
