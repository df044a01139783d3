"""Records that their worker dies of, each time: they fail alone, and all others of their batch go on (design §4)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from batches import counts, finished, once_each, sent
from standing import standing

from penstock.database.packing import unpacked

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.proving.house import House

    from conftest import Stream

_FOLDERS = (str(Path(__file__).parent / "poison"), os.environ.get("PYTHONPATH", ""))
DEADLY = {"PYTHONPATH": os.pathsep.join(filter(None, _FOLDERS))}
MOST_DEATHS = 2  # of workers, for a batch
PATIENCE = 240  # seconds; processes of their own take a second each to start, and some where much else runs
_RESULTS = """
SELECT r.first, r.size, r.results FROM batch_result r JOIN batch b ON b.id = r.batch_id WHERE b.source = $1"""


@pytest.fixture(scope="module")
async def house(
    postgres: str, templates: dict[Stream, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with standing(postgres, templates, tmp_path_factory.mktemp("deadly")) as (made, _):
        yield made


async def dying(house: House, deaths: int = MOST_DEATHS, **environment: str) -> None:
    """Let workers die of what waits; the next one brings it to its end."""
    for _ in range(deaths):
        doomed = house.worker(**DEADLY, **environment)
        assert await doomed.ended(PATIENCE / 2) != 0
        house.workers.remove(doomed)
    house.worker(**DEADLY, **environment)
    await finished(house, PATIENCE)


async def results(house: House, source: str) -> dict[int, dict[str, Any]]:
    """Return what became of each record of a batch."""
    rows = await house.database.fetch(_RESULTS, source)
    return {row["first"] + n: r for row in rows for n, r in enumerate(msgspec.json.decode(unpacked(row["results"])))}


def failed(found: dict[int, dict[str, Any]]) -> dict[int, str]:
    return {number: r["message"] for number, r in sorted(found.items()) if r["responseCode"] != "200"}


async def test_counts_that_kill_their_worker_fail_alone(house: House) -> None:
    records = counts("stock", 520)
    for guilty in (3, 4, 519):
        records[guilty]["skuRef"] = "deadly"
    await sent(house, "stock", "INVENTORY", records)
    await sent(house, "behind", "INVENTORY", counts("behind", 10))

    await dying(house)

    found = await results(house, "stock")
    assert sorted(found) == list(range(520))
    message = "Tried alone, after its workers died 2 times: its process was killed by SIGKILL"
    assert failed(found) == dict.fromkeys((3, 4, 519), message)
    assert {r["responseCode"] for r in found.values()} == {"200", "500"}
    await once_each(house, "stock", 520, failed=3)
    await once_each(house, "behind", 10)


async def test_a_place_that_kills_its_worker_fails_alone(house: House) -> None:
    places = [
        {"locationRef": f"D{n}", "name": "D", "type": "STORE", "address": {"latitude": 1, "longitude": n}}
        for n in range(6)
    ]
    places[2]["name"] = "deadly"
    await sent(house, "places", "LOCATION", places)

    await dying(house)

    assert list(failed(await results(house, "places"))) == [2]
    assert await house.value("SELECT count(*) FROM location WHERE ref LIKE 'D_' AND status IS NOT NULL") == 5


async def test_a_count_that_never_ends_fails_alone(house: House) -> None:
    records = counts("slow", 5)
    records[1]["skuRef"] = "hang"
    await sent(house, "slow", "INVENTORY", records)

    await dying(house, PENSTOCK_RULE_SECONDS="2")

    assert failed(await results(house, "slow")) == {
        1: "Tried alone, after its workers died 2 times: it was not done after 2 s"
    }
    await once_each(house, "slow", 5, failed=1)


async def test_a_batch_that_nobody_can_open_comes_to_its_end(house: House) -> None:
    records = counts("shut", 5)
    records[1]["skuRef"] = "unopened"
    await sent(house, "shut", "INVENTORY", records)

    await dying(house)

    assert list(failed(await results(house, "shut"))) == [0, 1, 2, 3, 4]


async def test_deaths_at_other_records_make_no_batch_a_suspect(house: House) -> None:
    await sent(house, "innocent", "INVENTORY", counts("innocent", 4_400))
    for _ in range(2):
        doomed = house.worker(PENSTOCK_FAULT="brought:1")
        assert await doomed.ended(60) == -9
        house.workers.remove(doomed)
    house.worker()
    await finished(house)
    assert await house.value("SELECT attempts FROM batch WHERE source = 'innocent'") == 1
    assert (
        await house.value(
            "SELECT count(*) FROM batch_result r JOIN batch b ON b.id = r.batch_id WHERE b.source = 'innocent'"
        )
        == 5
    )
    await once_each(house, "innocent", 4_400)


_STALL = """
CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.name = 'stalled' THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$;
CREATE TRIGGER stall BEFORE INSERT ON location FOR EACH ROW EXECUTE FUNCTION stall();"""


async def test_a_record_whose_statement_takes_too_long_fails_alone(house: House) -> None:
    places = [
        {"locationRef": f"E{n}", "name": "E", "type": "STORE", "address": {"latitude": 1, "longitude": n}}
        for n in range(4)
    ]
    places[2]["name"] = "stalled"
    await house.database.execute(_STALL)
    await sent(house, "stalled", "LOCATION", places)

    worker = house.worker(PENSTOCK_STATEMENT_TIMEOUT_MS="1500")
    await finished(house)

    assert worker.code == 0
    found = failed(await results(house, "stalled"))
    assert list(found) == [2]
    assert "took longer than the database lets a statement run" in found[2]
    await house.database.execute("DROP FUNCTION stall CASCADE")
