"""What surrounds every page: navigation, institution, language, who is logged in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from bulkhead import __version__
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.web.books import opening_or_none
from bulkhead.web.page import Page, Place, Section, Visit, language_now
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import ROLES, Right, rights_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the navigation."""

    title: Words
    address: str
    active: bool
    badge: int = 0  # what waits there for this person


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template. A page that failed before it was reached has no visit."""
    visit: Visit | None = getattr(request, "visit", None)
    page: Page | None = getattr(request, "page", None)
    context: dict[str, Any] = {"page": page, "visit": visit, "version": __version__, "language": language_now()}
    if visit is None:
        return context
    standing = roles_by_institution(visit.account)
    institution = visit.institution or _last_institution(request, standing)
    rights = rights_of(standing.get(institution, frozenset()))
    opening = opening_or_none(institution) if institution else None
    return context | {
        "institution": institution,
        "opening": opening,
        "institutions": list(standing),
        "roles": [ROLES[code] for code in sorted(standing.get(institution, ())) if code in ROLES],
        "navigation": _navigation(page, replace(visit, institution=institution, rights=rights))
        if institution
        else [],
    }


def _last_institution(request: HttpRequest, standing: dict[str, frozenset[str]]) -> str:
    """On a page of no institution, the one that was looked at last."""
    last = str(request.session.get("institution", ""))
    return last if last in standing else next(iter(standing), "")


def _navigation(page: Page | None, visit: Visit) -> list[tuple[Place, list[Entry]]]:
    """The places with pages that this person may see, in the order of the nine."""
    from bulkhead.web.sections import sections

    open_to_them = [
        (section, entry)
        for section in sections()
        for entry in (next(one for one in section.pages if one.code == code) for code in section.entries)
        if not isinstance(entry.needs, Right) or visit.may(entry.needs)
    ]
    # Of several entries above a page, such as "rules/" and "rules/drafts/", the nearest is where one is.
    above = [entry for _, entry in open_to_them if page is not None and _belongs(entry, page)]
    here = max(above, key=lambda entry: len(entry.path), default=None)
    places: dict[Place, list[Entry]] = {}
    for section, entry in open_to_them:
        if section.place is not None:
            of_institution = isinstance(entry.needs, Right)
            address = f"/i/{visit.institution}/{entry.path}" if of_institution else f"/{entry.path}"
            badge = _waiting(section, visit)
            places.setdefault(section.place, []).append(Entry(entry.title, address, entry is here, badge))
    return [(place, places[place]) for place in Place if place in places]


def _belongs(entry: Page, page: Page) -> bool:
    """Whether a page is the entry, or lies under it."""
    return page.code == entry.code or (bool(entry.path) and page.path.startswith(entry.path))


def _waiting(section: Section, visit: Visit) -> int:
    """What a section's badge counts; none where the institution's books cannot be read, which its pages say."""
    try:
        return section.badge(visit) if section.badge else 0
    except (BadInput, ConnectionError):
        return 0
