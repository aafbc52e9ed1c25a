"""Every page that stands in the navigation, in a real browser: by every role, in both languages, wide and narrow,
light and dark. No error, no request elsewhere, nothing that axe-core finds; and a picture of each."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Browser

from browser_fixtures import Watched, window
from bulkhead.runtime.service.serving import Serving
from bulkhead.web.page import Open
from bulkhead.web.rights import ROLES, Right
from bulkhead.web.sections import sections
from web_fixtures import Staff

LOOKS = (("en", False, 1440), ("zh", True, 390), ("zh", False, 1440), ("en", True, 390))
# Every look for who sees most, two that share nothing for the others; all of all when pictures are asked for.
TOURS = [
    (role, *look)
    for role in ROLES
    for look in (LOOKS if role == "risk-officer" or "BULKHEAD_PICTURES" in os.environ else LOOKS[:2])
]


def entries(role: str, institution: str) -> dict[str, str]:
    """Page code -> path of what stands in the navigation for a role."""
    found = {}
    for section in sections():
        for page in section.pages:
            if page.code not in section.entries:
                continue
            if isinstance(page.needs, Right) and page.needs in ROLES[role].rights:
                found[page.code] = f"/i/{institution}/{page.path}"
            elif page.needs is Open.STAFF:
                found[page.code] = f"/{page.path}"
    return found


@pytest.mark.parametrize(("role", "language", "dark", "width"), TOURS)
def test_every_page_of_a_role_is_without_fault(
    chromium: Browser,
    site: str,
    town: str,
    engine: Serving,
    staff: Staff,
    role: str,
    language: str,
    dark: bool,
    width: int,
) -> None:
    watched = window(chromium, site, staff(role), language=language, dark=dark, width=width)
    faults: list[str] = []
    for code, path in entries(role, town).items():
        if watched.visit(path) != 200:
            faults.append(f"{path} answers otherwise than 200")
        watched.page.wait_for_timeout(300)
        faults += watched.axe() + sideways(watched)
        watched.picture(f"{code}-{role}-{language}-{'dark' if dark else 'light'}-{width}")
    watched.context.close()
    assert not faults + watched.troubles, "\n".join(faults + watched.troubles)


def sideways(watched: Watched) -> list[str]:
    """A page that must be moved from side to side to be read; wide tables move inside themselves."""
    wider: int = watched.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [f"{watched.page.url} is {wider} px wider than the window"] if wider > 1 else []


def test_the_whole_navigation_can_be_walked_by_keyboard(
    chromium: Browser, site: str, town: str, staff: Staff
) -> None:
    watched = window(chromium, site, staff("risk-officer"))
    watched.visit(f"/i/{town}/")
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("?")
    assert page.locator("dialog[data-keyboard]").evaluate("box => box.open")
    page.keyboard.press("Escape")
    paths = list(entries("risk-officer", town).values())
    links = page.locator(".sidebar .nav-entry").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert sorted(links) == sorted(paths)
    for number in range(1, min(9, len(links)) + 1):
        page.evaluate("document.getElementById('main').focus()")  # keys for going are none inside a field
        page.keyboard.press("g")
        with page.expect_navigation():
            page.keyboard.press(str(number))
        assert page.url.removeprefix(site) == links[number - 1]
        focused = walk(watched)
        assert focused >= len(links), f"{page.url}: only {focused} stops for the Tab key"
    watched.context.close()
    assert not watched.troubles


def walk(watched: Watched) -> int:
    """How many different elements the Tab key stops at; every one of them must be seen to be focused."""
    page = watched.page
    seen: set[int] = set()
    last = -1
    for _ in range(250):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => { const at = document.activeElement;
                if (!at || at === document.body) return null;
                const style = getComputedStyle(at), box = at.getBoundingClientRect();
                const key = [...document.querySelectorAll('*')].indexOf(at);
                return {key, shown: style.outlineStyle !== 'none' || style.boxShadow !== 'none' || box.width <= 1}; }"""
        )
        if stop is not None and stop["key"] == last:
            continue  # a field for a date has several stops of its own
        if stop is None or stop["key"] in seen:
            break
        last = stop["key"]
        assert stop["shown"], f"{page.url}: focus number {len(seen)} cannot be seen"
        seen.add(stop["key"])
    return len(seen)
