"""GraphiQL at ``/graphql``, as a visitor meets it: in a real browser, served by a real Penstock."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from browsing import Penstock, Visit, run, started, visiting, write
from chromium import chromium
from playwright.async_api import expect

from penstock.api.graphql.schema import schema

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from playwright.async_api import Browser, Page, Request, Route

EDITOR = ".graphiql-query-editor .view-lines"
RESULT = ".graphiql-response .view-lines"
LONG = 30_000  # milliseconds until the editor stands, on a busy machine

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def penstock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Penstock]:
    with started(tmp_path_factory.mktemp("ui") / "data") as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.fixture
async def visit(penstock: Penstock, browser: Browser) -> AsyncIterator[Visit]:
    async with visiting(penstock, browser) as guest:
        yield guest


async def signed_in(visit: Visit) -> Page:
    page = await visit.tab()
    await visit.sign_in(page)
    await editor_stands(page)
    return page


async def editor_stands(page: Page) -> None:
    await expect(page.locator(EDITOR)).to_be_visible(timeout=LONG)


async def test_sign_in_ask_read_the_documentation_sign_out(visit: Visit) -> None:
    page = await signed_in(visit)
    await expect(page.get_by_role("banner")).to_contain_text("admin PENSTOCK")
    await write(page, "{ me { username } networks { edges { node { ref } } } }")
    await run(page)
    await expect(page.locator(RESULT)).to_contain_text(re.compile(r'"username":\s*"admin"[^$]*"ref":\s*"HD_1'))

    await page.get_by_role("button", name="Show Documentation Explorer").click()
    documentation = page.get_by_role("region", name="Documentation Explorer")
    await documentation.get_by_text("Query", exact=True).click()
    described = schema().query_type
    assert described
    await expect(documentation).to_contain_text(described.fields["networkById"].description or "none")

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_a_reload_needs_no_sign_in_and_no_script_can_read_the_session(visit: Visit) -> None:
    page = await visit.tab()
    async with page.expect_response(lambda response: response.request.method == "POST") as answered:
        await visit.sign_in(page)
    token = (await (await answered.value).json())["access_token"]
    await editor_stands(page)
    await run(page)
    await expect(page.locator(RESULT)).to_contain_text("admin")
    kept = await page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "penstock:PENSTOCK:admin" in kept  # GraphiQL's tabs, but no secret
    secrets = [cookie["value"] for cookie in await visit.context.cookies(f"{page.url}/../api/v4.1/session")]
    assert len(secrets) == 1
    assert not [secret for secret in (token, *secrets) if secret in kept]

    await page.reload()
    await editor_stands(page)
    await run(page)
    await expect(page.locator(RESULT)).to_contain_text("admin")


async def test_a_wrong_password_is_told_and_may_be_corrected(visit: Visit) -> None:
    page = await visit.tab()
    await visit.sign_in(page, password="wrong")
    await expect(page.get_by_role("alert")).to_have_text("The username or the password is wrong.")
    visit.expect("401")  # the browser notes it on its console by itself
    await visit.sign_in(page)
    await editor_stands(page)


async def test_the_editor_completes_and_corrects(visit: Visit) -> None:
    page = await signed_in(visit)
    await write(page, "{ me { nothing } }")
    await expect(page.locator(".graphiql-query-editor .squiggly-error")).to_have_count(1)
    await write(page, "{ me { primaryR")
    await page.keyboard.press("Control+Space")
    await expect(page.locator(".suggest-widget")).to_contain_text("primaryRetailer")


async def test_a_token_is_renewed_before_it_ends_and_when_it_is_refused(visit: Visit) -> None:
    page = await signed_in(visit)
    async with page.expect_request(is_renewal):
        await page.evaluate("() => { const now = Date.now; Date.now = () => now() + 15 * 60_000 }")
        await run(page)
    await expect(page.locator(RESULT)).to_contain_text("admin")

    await page.route("**/graphql", refusing_once())
    async with page.expect_request(is_renewal):
        await write(page, "{ me { lastName } }")
        await run(page)
    await expect(page.locator(RESULT)).to_contain_text("Administrator")
    visit.expect("401")


def refusing_once() -> Callable[[Route], Awaitable[None]]:
    """Refuse one request and let the others pass; a route that ends by itself may swallow the request after it."""
    refusals = iter([401])

    async def handle(route: Route) -> None:
        status = next(refusals, None)
        await (route.fulfill(status=status, json={}) if status else route.continue_())

    return handle


def is_renewal(request: Request) -> bool:
    return request.method == "PUT"


async def test_tabs_share_the_session(visit: Visit) -> None:
    first = await signed_in(visit)
    second = await visit.tab()
    await editor_stands(second)
    for _ in range(3):
        await asyncio.gather(first.reload(), second.reload())
        await asyncio.gather(editor_stands(first), editor_stands(second))
    await first.get_by_role("button", name="Sign out").click()
    for page in (first, second):
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize("width", [375, 768, 1440])
async def test_every_width_is_enough(penstock: Penstock, browser: Browser, width: int) -> None:
    async with visiting(penstock, browser, viewport={"width": width, "height": 740}) as visit:
        page = await visit.tab()
        form = page.get_by_role("button", name="Sign in")
        await expect(form).to_be_in_viewport(ratio=1)
        await visit.sign_in(page)
        await editor_stands(page)
        await run(page)
        await expect(page.locator(RESULT)).to_contain_text("admin")
        for part in (page.get_by_role("button", name="Sign out"), page.get_by_role("button", name="Execute query")):
            await expect(part).to_be_in_viewport(ratio=1)
        for pane in (".graphiql-query-editor", ".graphiql-response"):
            box = await page.locator(pane).bounding_box()
            assert box
            assert box["width"] > 250, (pane, box)
        assert await page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_is_as_dark_as_the_browser_says(penstock: Penstock, browser: Browser, scheme: str) -> None:
    async with visiting(penstock, browser, color_scheme=scheme) as visit:
        page = await signed_in(visit)
        for part in ("header", ".graphiql-container", ".graphiql-query-editor .monaco-editor"):
            shade = await page.evaluate(LIGHTNESS, part)
            assert (shade < 0.3) if scheme == "dark" else (shade > 0.85), (part, shade)


# How light the background is that shows behind a part, from 0 to 1.
LIGHTNESS = """selector => {
  for (let part = document.querySelector(selector); part; part = part.parentElement) {
    const [red, green, blue, alpha = 1] = getComputedStyle(part).backgroundColor.match(/[\\d.]+/g).map(Number);
    if (alpha) return (red + green + blue) / 3 / 255;
  }
}"""


async def test_what_must_not_happen_would_be_seen(visit: Visit) -> None:
    page = await visit.tab()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.evaluate("fetch('http://elsewhere.invalid/').catch(() => 0)")
    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))")
    assert await page.evaluate("window.x") is None
    await page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    await asyncio.sleep(0.5)
    visit.expect("elsewhere.invalid", "script-src 'self'", "not caught: thrown")
