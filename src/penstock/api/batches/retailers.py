"""RETAILER batches: each record makes a retailer and its administrator ``<ref>_admin`` (spec 11 §4.6).

The administrator has no password until one is made for whoever sent the batch, when they read the results; so it is
stored nowhere (see ``identity/first_passwords.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.api.batches.mutating import MutatingLoad, coerced_input
from penstock.api.graphql.mutations.generic import creating
from penstock.api.graphql.mutations.generic.drafts import drafted
from penstock.api.graphql.mutations.generic.plans import plan_of
from penstock.api.graphql.mutations.generic.register import needs
from penstock.api.graphql.mutations.generic.work import Work
from penstock.api.graphql.mutations.irregular.users import Grants
from penstock.errors import ForbiddenError, MissingValueError, TooLongError, shown

if TYPE_CHECKING:
    from penstock.ingest.loading import Record

ROLE = "ADMIN"  # of the new retailer only
LONGEST_NAME = 45
_INPUT = {
    "retailerName": "name",
    "tradingName": "tradingName",
    "region": "region",
    "customerSupportPhone": "supportPhone",
    "customerSupportEmail": "supportEmail",
    "website": "websiteUrl",
    "summary": "summary",
    "primaryEmail": "primaryEmail",
    "supportContactName": "supportContactName",
}


class RetailerLoad(MutatingLoad):
    """A RETAILER batch."""

    _retailer, _user, _held = (plan_of(name, "create") for name in ("Retailer", "User", "UserRole"))

    def ref_of(self, record: Record) -> str | None:
        """Return the ref of the retailer."""
        ref = record.get("retailerId")
        return ref if isinstance(ref, str) and ref else None

    async def perform(self, first: int, record: Record) -> None:
        """Create the retailer, its administrator, and the administrator's role, in one write."""
        ref = self.ref_of(record)
        if ref is None:
            raise MissingValueError("retailerId is missing; give the ref of the new retailer as a text")
        given, username = coerced_input(self._retailer, _input(record)), f"{ref}_admin"
        work = self._work(given)
        retailer = drafted(work, self._retailer, given)
        work.announce_row(self._held.entity)
        user = drafted(work, self._user, _administrator(username, given))
        grants = Grants(work, [])
        grants.give_everywhere(ROLE)
        await work.resolve()
        await grants.require_held()
        retailer.row.ref = ref
        creating.settle(work, retailer)
        user.row.primary_retailer_id = retailer.row.id
        creating.settle(work, user)
        self._give_role(work, user.row.id, retailer.row.id, next(iter(grants.by_role())))
        self.keep(work, first, self._retailer.entity, retailer.row.id, ref, username=username, user_id=user.row.id)
        await work.write()

    def _give_role(self, work: Work, user_id: int, retailer_id: int, role_id: int) -> None:
        contexts = [{"contextType": "RETAILER", "contextId": str(retailer_id)}]
        held = {"id": work.take_id(self._held.entity), "user_id": user_id, "role_id": role_id}
        work.changes.insert(self._held.row(**held, contexts=contexts))

    def _work(self, given: dict[str, Any]) -> Work:
        """Return the mutation, for somebody who may make retailers and users of the whole account."""
        principal = self.call.principal
        principal.require({*needs(self._retailer)({"input": given}), self._user.permission})
        if not principal.scope(self._user.permission).everything:
            raise ForbiddenError(f"User does not have permission: {self._user.permission} for the account")
        work = Work(self.call, self._retailer.permission)
        work.require_account()
        return work


def _input(record: Record) -> dict[str, Any]:
    """Return the input of the mutation that makes the retailer."""
    given = {name: record[key] for key, name in _INPUT.items() if record.get(key) is not None}
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise MissingValueError("retailerName is missing" if name is None else f"retailerName is {shown(name)}")
    if len(name) > LONGEST_NAME:
        raise TooLongError(f"retailerName is {len(name)} characters long; at most {LONGEST_NAME} are stored")
    return given


def _administrator(username: str, retailer: dict[str, Any]) -> dict[str, Any]:
    email = retailer.get("primaryEmail") or retailer.get("supportEmail")
    about = {"firstName": retailer["name"], "lastName": "Administrator", "timezone": "UTC", "promotionOptIn": False}
    return {"ref": username, "username": username, "type": "RETAILER", "primaryEmail": email, **about}
