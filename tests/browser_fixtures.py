"""A real browser on a really served console, for tests that look at what people see.

Debian's chromium is driven by Playwright. Where no chromium is installed these tests are skipped, saying so.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from web_fixtures import ConsoleHouse, entered

if TYPE_CHECKING:
    from bulkhead.web.people.models import Account

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP localhost 127.0.0.1")  # fmt: skip
# Playwright keeps an event loop in the thread of the tests, where Django would refuse to make anybody's account.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# The rules of WCAG 2.2 AA and what axe's authors call best practice.
AXE_OPTIONS = {"resultTypes": ["violations"]}
# Pictures of every page of a run, for people to look at; not in git.
PICTURES = Path(os.environ.get("BULKHEAD_PICTURES", Path(__file__).parents[1] / "build" / "pictures"))


@pytest.fixture(scope="session")
def site(console_house: ConsoleHouse) -> Iterator[str]:
    """The address of a console that is served; by name, as passkeys want it."""
    from bulkhead.web.serving import listening, serving

    listener = listening("127.0.0.1", 0)
    with serving(listener):
        yield f"http://localhost:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")  # while it is open, no test may run an event loop of its own
def chromium() -> Iterator[Browser]:
    """The browser, once a module of tests."""
    if not CHROMIUM:
        pytest.skip("no chromium is installed, so nothing can be looked at in a real browser")
    # Its sandbox needs rights that containers and root rarely leave it; it only ever visits our own console.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--no-sandbox"])
        yield browser
        browser.close()


@dataclass(slots=True)
class Watched:
    """A browser window, and everything in it that a user should never meet."""

    page: Page
    context: BrowserContext
    site: str
    troubles: list[str] = field(default_factory=list)

    def visit(self, path: str) -> int:
        """Open a page of the console; gives its status."""
        response = self.page.goto(f"{self.site}{path}", wait_until="load")
        assert response is not None, path
        return response.status

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{self.page.url}: {message.text}")

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:", "blob:")):
            self.troubles.append(f"{self.page.url} asks {request.url}")

    def axe(self) -> list[str]:
        """What axe-core finds wrong with the page as it stands, one line each."""
        self.page.evaluate(AXE)
        found: dict[str, Any] = self.page.evaluate("options => axe.run(document, options)", AXE_OPTIONS)
        return [
            f"{self.page.url}: {violation['id']} ({violation['impact']}) {node['html'][:160]}"
            for violation in found["violations"]
            for node in violation["nodes"][:3]
        ]

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def window(
    chromium: Browser,
    site: str,
    account: Account | None = None,
    *,
    language: str = "en",
    dark: bool = False,
    width: int = 1440,
) -> Watched:
    """A fresh window of somebody who has logged in; ``width`` 390 is a telephone."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900 if width > 600 else 844},
        color_scheme="dark" if dark else "light",
        locale="zh-CN" if language == "zh" else "en-GB",
        reduced_motion="reduce",
    )
    cookies = {"bulkhead_language": "zh-hans" if language == "zh" else "en"}
    if account is not None:
        cookies["bulkhead_session"] = entered(account).cookies["bulkhead_session"].value
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
    page = context.new_page()
    watched = Watched(page, context, site)
    page.on("console", lambda message: watched.on_console(message))
    page.on("request", lambda request: watched.on_request(request))
    page.on("pageerror", lambda error: watched.troubles.append(f"{page.url}: {error}"))
    return watched
