"""Which lanes would have gone otherwise, of which nobody can say how, and what follows for others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from penstock.history.dryrun.places import POSITION, SHARED, STOCK, VIRTUAL
from penstock.history.dryrun.uncertain import Uncertain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from penstock.history.dryrun.knowledge import Knowledge
    from penstock.history.dryrun.lane import Lane
    from penstock.history.dryrun.patching import Differing


class Doubts:
    """Keeps the books of differences and of what is unknown."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.affected: dict[str, set[str]] = defaultdict(set)  # lanes not executed again
        self.differing: Differing = {}  # rows of known lanes that are not what they were
        self.unknown = Uncertain()
        self._products: dict[str, str] = {}  # whose stock nobody knows, and why
        self._of_product: dict[str, dict[int, Lane]] = defaultdict(dict)  # lanes of positions
        self._over: dict[int, dict[int, Lane]] = defaultdict(dict)  # lanes of virtual positions, by what they show
        self._shared: dict[tuple[str, int], str] = {}  # catalogues that would be others

    @property
    def any(self) -> bool:
        """Return whether anything would have been different by now."""
        return bool(self.differing or self.unknown.lanes or self.knowledge.tainted)

    # --- what is known of lanes ---

    def place(self, lane: Lane) -> None:
        """Note whose stock a lane is about, as soon as its rows are known."""
        for table in STOCK:
            for rows in (lane.past.tree.rows, lane.tree.rows):
                for row in rows.get(table, {}).values():
                    self._of_product[row.product_ref][lane.id] = lane
                    if table == VIRTUAL and row.position_id is not None:
                        self._over[row.position_id][lane.id] = lane

    def lanes_of(self, product: str) -> list[Lane]:
        """Return the lanes of a product's positions, real and virtual."""
        return list(self._of_product.get(product, {}).values())

    def over(self, position: int) -> list[Lane]:
        """Return the lanes of the virtual positions that show a position."""
        return list(self._over.get(position, {}).values())

    def reason(self, lane: Lane) -> str | None:
        """Return why nobody can know a lane that is about to go on; None when nothing speaks against it."""
        for product in lane.products() & self._products.keys() if lane.stock else ():
            return self._products[product]
        for key, reason in self._shared.items():
            if not lane.single and key[1] in lane.past.tree.rows.get(key[0], {}):
                return reason
        return None

    # --- what becomes known ---

    def compare(self, lane: Lane) -> None:
        """Note which rows of a lane are not what they were."""
        for key in lane.differing:
            self.differing.pop(key, None)
        if not lane.again:
            return
        lane.compare()
        for key, pair in lane.differing.items():
            if key[0] in SHARED:
                self._shared.setdefault(key, f"{lane.name} would be different")
            else:
                self.differing[key] = pair

    def stop(self, lane: Lane, reason: str, at: datetime, *, direct: bool = True) -> None:
        """Nobody can say how a lane goes on; nor what its products have in stock, or who shows it."""
        if lane.unknown is None:
            lane.again = True
            lane.stop(reason, at, direct=direct)
            self._know_not(lane, at)
        self.unknown.take(lane)

    def unseen(self, position: int, reason: str) -> None:
        """Something else would have become of a position of which nothing is known."""
        product = self.knowledge.product(position)
        if product is None:
            self.knowledge.taint_all(reason)
        else:
            self.knowledge.taint([product], reason)

    def _know_not(self, lane: Lane, at: datetime) -> None:
        self.unknown.lanes[lane.id] = lane
        self.compare(lane)
        follows, products = f"how {lane.name} ends is unknown", lane.products()
        if not lane.sums:
            self.knowledge.taint(products, follows)
        if lane.stock:
            self._stop_all(self._showing(lane), follows, at)
        elif lane.single and lane.direct:
            self.knowledge.taint_all(follows)
        elif not lane.single:
            self._products |= {p: follows for p in products if p not in self._products}
            self._stop_all((other for p in products for other in self._of_product[p].values()), follows, at)

    def _showing(self, lane: Lane) -> Iterable[Lane]:
        trees = (lane.past.tree.rows, lane.tree.rows)
        ids = {id_ for rows in trees for id_ in rows.get(POSITION, {})}
        return (other for id_ in ids for other in self.over(id_))

    def _stop_all(self, lanes: Iterable[Lane], reason: str, at: datetime) -> None:
        for lane in list(lanes):
            if lane.unknown is None:
                self.stop(lane, reason, at, direct=False)
