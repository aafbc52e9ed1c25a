"""All pages of the console: one module of ``pages/`` each section, found by folder scan."""

from __future__ import annotations

from functools import cache

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.plugins import discover
from bulkhead.web.page import Section


@cache
def sections() -> tuple[Section, ...]:
    """Every section, in order of their codes. Raises ``BadInput`` for a page code or path that is taken twice."""
    found = tuple(discover("bulkhead.web.pages", "SECTION", Section).values())
    taken: set[str] = set()
    for page in (page for section in found for page in section.pages):
        for key in (page.code, f"{page.full_path} {page.methods}"):
            if key in taken:
                raise BadInput(f"Two pages of the console are called {key!r}.")
            taken.add(key)
    return found
