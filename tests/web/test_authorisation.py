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

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.serving import Serving
from bulkhead.web.api.operation import Operation
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
OPERATIONS: list[Operation] = [
    operation for _, pattern in ADDRESSES for operation in getattr(pattern.callback, "operations", ())
]
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
    operated = {operation.full_path for operation in OPERATIONS}
    assert [route for route, _ in ADDRESSES if route not in PAGES and route not in operated] == []
    assert len(OPERATIONS) >= 30
    for operation in OPERATIONS:
        assert isinstance(operation.needs, Right) or operation.needs is Open.STAFF, operation.code
        assert operation.full_path.startswith("api/"), operation.code
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
        allowed = {page.needs, page.also or page.needs} <= ROLES[role].rights
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


def call(client: Client, operation: Operation, institution: str) -> tuple[int, str]:
    """Status and error code ("" for none) of an operation that is sent nothing useful."""
    path = path_of(operation.full_path, institution)
    answer = client.generic(operation.method, path, b"{}", content_type="application/json")
    assert answer["Content-Type"].startswith("application/json"), operation.code
    return answer.status_code, answer.json().get("error", {}).get("code", "")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.code)
def test_a_stranger_gets_nothing_from_the_api(console_house: object, operation: Operation) -> None:
    assert call(Client(), operation, OTHER) == (401, "log-in")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_ask_the_api_what_it_may_and_nothing_else(
    engine: Serving, town: str, staff: Staff, role: str
) -> None:
    client = entered(staff(role))
    wrong = []
    for operation in OPERATIONS:
        own = call(client, operation, town)
        allowed = not isinstance(operation.needs, Right) or operation.needs in ROLES[role].rights
        fits = own[0] < 500 and own[0] != 401 and (own == (403, "forbidden")) is not allowed
        foreign = (404, "not-found") if isinstance(operation.needs, Right) else own
        if not fits or call(client, operation, OTHER) != foreign:
            wrong.append(f"{role} at {operation.code}: {own}")
    assert not wrong, "\n".join(wrong)


def test_without_a_second_factor_the_api_is_closed(town: str, staff: Staff) -> None:
    from allauth.mfa.models import Authenticator

    account = staff("risk-officer")
    Authenticator.objects.filter(user=account).delete()
    client = entered(account)
    for operation in OPERATIONS:
        assert call(client, operation, town) == (403, "second-factor"), operation.code


@pytest.mark.parametrize("needs", [None, "see-decisions ", Open.PUBLIC, Open.ENTERING])
def test_an_operation_without_a_right_cannot_be_declared(needs: object) -> None:
    with pytest.raises(BadInput, match="which right"):
        Operation("loose", "loose", Words("Loose", "无"), needs, lambda visit: None)  # type: ignore[arg-type]  # a wrong right is the point
