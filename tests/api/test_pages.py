"""How the web pages are served: to browsers only, to anybody, without data, and safely."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest
from serving import Api, serving

from penstock.api import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from conftest import MakeDatabase

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LINK = re.compile(r'(?:src|href)="([^"]+)"')


@pytest.fixture
async def api(make_database: MakeDatabase) -> AsyncIterator[Api]:
    async with serving(make_database) as started:
        yield started


def policy(headers: dict[str, str]) -> dict[str, list[str]]:
    """Return the sources that the content security policy allows, by directive."""
    parts = [part.split() for part in headers["content-security-policy"].split(";")]
    return {name: sources for name, *sources in parts}


async def test_a_browser_gets_the_page(api: Api) -> None:
    reply = await api.send("GET", "/graphql", headers=BROWSER)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.headers["cache-control"] == "no-store"
    assert "Accept" in reply.headers["vary"]
    assert b"<title>GraphQL" in reply.body
    assert (await api.send("GET", "/graphql/", headers=BROWSER)).body == reply.body


async def test_a_program_gets_no_page(api: Api) -> None:
    for accept in ("*/*", "application/json", "application/graphql-response+json"):
        assert (await api.send("GET", "/graphql", headers={"Accept": accept})).status == 401
        assert (await api.send("GET", "/graphql", headers={"Accept": accept, **api.bearer()})).status == 405
    for method in ("PUT", "DELETE", "HEAD"):
        assert (await api.send(method, "/graphql", headers={**BROWSER, **api.bearer()})).status == 405
    assert (await api.send("POST", "/graphql", headers=BROWSER)).status == 401


async def test_the_page_and_its_files_are_served_safely(api: Api) -> None:
    page = await api.send("GET", "/graphql", headers=BROWSER)
    links = LINK.findall(page.body.decode())
    assert len(links) > 2
    for reply in (page, *[await api.send("GET", link) for link in links]):
        assert reply.status == 200
        allowed = policy(reply.headers)
        assert allowed["default-src"] == allowed["frame-ancestors"] == allowed["base-uri"] == ["'none'"]
        for directive in ("script-src", "worker-src", "connect-src", "font-src"):
            assert allowed[directive] == ["'self'"]
        assert not [source for sources in allowed.values() for source in sources if ":" in source and source != "data:"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"


async def test_no_page_holds_a_script_or_leads_elsewhere() -> None:
    for page in pages.BUILT.glob("*.html"):
        text = page.read_text("utf-8")
        assert all(link.startswith(pages.FILES) for link in LINK.findall(text))
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=", text)


async def test_files_are_kept_for_ever_and_sent_packed(api: Api) -> None:
    names = {path.name for path in pages.BUILT.iterdir() if path.suffix in {".js", ".css", ".svg", ".ttf"}}
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "ttf": "font/ttf"}
    assert {name.rpartition(".")[2] for name in names} == set(kinds)
    for name in names:
        assert re.search(r"-[\w-]{8}\.\w+$", name), f"{name} has no hash"
        plain = await api.send("GET", f"/pages/{name}")
        packed = await api.send("GET", f"/pages/{name}", headers={"Accept-Encoding": "gzip, deflate, br"})
        assert plain.headers["content-type"].partition(";")[0] == kinds[name.rpartition(".")[2]]
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in plain.headers
        if packed.headers.get("content-encoding") == "gzip":
            assert len(packed.body) < len(plain.body)
            assert gzip.decompress(packed.body) == plain.body
        else:
            assert name.endswith(".ttf")


OUTSIDE = (
    "/pages/../__init__.py",
    "/pages/%2e%2e/__init__.py",
    "/pages/..",
    "/pages/.",
    "/pages/.sources",
    "/pages/graphql.html",  # the page is at its address only
    "/pages/nothing.js",
    "/pages/built/graphql.html",
    "/pages//etc/passwd",
    "/pages/..\\__init__.py",
    "/pages/x.js\0.html",
    "/pages/" + "x" * 5000 + ".js",
    "/pages/\u00fc.js",
)


async def test_no_other_file_is_served(api: Api) -> None:
    for path in OUTSIDE:
        assert (await api.send("GET", path)).status == 404, path
    assert (await api.send("POST", "/pages/nothing.js")).status == 405


async def test_pages_that_were_never_built_say_how_to_build_them(
    api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pages, "BUILT", tmp_path)
    reply = await api.send("GET", "/graphql", headers=BROWSER)
    assert reply.status == 503
    assert "make pages" in reply.json["message"]
