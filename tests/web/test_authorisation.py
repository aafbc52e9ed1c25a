"""Who may open what: every address of the console × every role × their own and a foreign institution.

The matrix is read from the code itself, so an address that is added without a rule fails here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver

from bulkhead.runtime.service.serving import Serving
from bulkhead.web.page import Open, Page
from bulkhead.web.rights import ROLES, Right
from bulkhead.web.routes import urlpatterns
from web_fixtures import OTHER, Staff, entered

SAMPLES = {
    "int": "3",
    "slug": "sample",
    "str": "sample",
    "path": "sample",
    "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(route, pattern) of everything that has an address."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        else:
            yield route, pattern


ADDRESSES = list(addresses(urlpatterns))
PAGES: dict[str, Page] = {
    route: page
    for route, pattern in ADDRESSES
    if isinstance(page := getattr(pattern.callback, "page", None), Page)
}
OF_INSTITUTIONS = {route: page for route, page in PAGES.items() if isinstance(page.needs, Right)}


def path_of(route: str, institution: str) -> str:
    """A path of a route, with something in the place of each parameter."""
    filled = route.replace("<slug:institution>", institution)
    return "/" + _PART.sub(lambda part: SAMPLES[part[1] or "str"], filled)


def ask(client: Client, page: Page, path: str) -> HttpResponseBase:
    method = page.methods[0]
    answer = client.get(path) if method == "GET" else client.generic(method, path)
    if answer.streaming:
        answer.close()
    return answer


def test_every_address_has_a_rule() -> None:
    assert len(PAGES) >= 8
    assert [route for route, _ in ADDRESSES if route not in PAGES] == []
    for route, page in OF_INSTITUTIONS.items():
        assert route.startswith("i/<slug:institution>/"), page.code
    public = {page.code for page in PAGES.values() if page.needs is Open.PUBLIC}
    assert public == PUBLIC, "a page has become public: is that meant?"


PUBLIC = {
    "account_login",
    "account_logout",
    "account_inactive",
    "invitation",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "language",
}


@pytest.mark.parametrize("route", OF_INSTITUTIONS)
def test_a_stranger_gets_nothing(console_house: object, route: str) -> None:
    answer = ask(Client(), OF_INSTITUTIONS[route], path_of(route, OTHER))
    assert answer.status_code in (302, 401)
    assert answer.status_code == 401 or answer["Location"].startswith("/log-in/")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(engine: Serving, town: str, staff: Staff, role: str) -> None:
    client = entered(staff(role))
    client.raise_request_exception = True
    wrong = []
    for route, page in OF_INSTITUTIONS.items():
        foreign = ask(client, page, path_of(route, OTHER)).status_code
        own = ask(client, page, path_of(route, town))
        assert isinstance(page.needs, Right)
        allowed = page.needs in ROLES[role].rights
        refused = own.status_code == 403 or (own.status_code == 302 and own["Location"].startswith("/log-in/"))
        if foreign != 404 or refused is allowed or own.status_code >= 500:
            wrong.append(f"{role} at {path_of(route, town)}: {own.status_code}, at the foreign one: {foreign}")
    assert not wrong, "\n".join(wrong)


def test_without_a_second_factor_only_the_way_in_is_open(town: str, staff: Staff) -> None:
    from allauth.mfa.models import Authenticator

    account = staff("risk-officer")
    Authenticator.objects.filter(user=account).delete()
    client = entered(account)
    for route, page in PAGES.items():
        if isinstance(page.needs, Right) or page.needs is Open.STAFF:
            answer = ask(client, page, path_of(route, town))
            assert (answer.status_code, answer["Location"]) == (302, "/second-factor/"), route


def test_a_route_without_a_rule_would_be_noticed() -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    from django.urls import path

    (found,) = addresses([path("bare/", bare)])
    assert not isinstance(getattr(found[1].callback, "page", None), Page)
