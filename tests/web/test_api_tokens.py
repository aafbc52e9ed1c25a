"""Personal tokens: shown once, kept as digests, bounded, and dead with everything that ends their owner's sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from bulkhead.kernel.errors import BadInput
from bulkhead.web.api.attempts import FAILURES_MAX, WRONG_TOKENS
from bulkhead.web.people.following import end_sessions
from bulkhead.web.people.models import Account, Grant, Trail
from bulkhead.web.people.tokens import DAYS_MAX, TOKENS_MAX, ApiToken, make_token
from web_fixtures import TOWN, Staff, entered

pytestmark = pytest.mark.usefixtures("town")


def token_of(account: Account, name: str = "a script", days: int = 30) -> str:
    """The text of a new token."""
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    return make_token(request, account, name, days)[1]


def asked(text: str, path: str = "/api/me", client: Client | None = None) -> tuple[int, str]:
    answer = (client or Client()).get(path, headers={"authorization": f"Bearer {text}"})
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def test_it_is_made_on_its_page_shown_once_and_revoked(staff: Staff) -> None:
    account = staff("auditor")
    client = entered(account)
    refused = client.post("/security/tokens/", {"name": "nightly", "days": "7"})
    assert refused.status_code == 302, "making one takes a fresh confirmation of who it is"
    assert refused["Location"].startswith("/confirm/")
    client = entered(account)
    confirmed_by_page(client)
    made = client.post("/security/tokens/", {"name": "nightly", "days": "7"})
    text = made.text.split("bh_")[1].split("<")[0]
    assert "bh_" not in client.get("/security/tokens/").text
    assert asked(f"bh_{text}") == (200, "")
    token = ApiToken.objects.get(account=account)
    assert text not in repr(vars(token))
    other = entered(staff("auditor"))
    assert other.post(f"/security/tokens/{token.pk}/revoke/").status_code == 404
    assert client.post(f"/security/tokens/{token.pk}/revoke/").status_code == 303
    assert asked(f"bh_{text}") == (401, "log-in")
    acts = set(Trail.objects.filter(account=account.username).values_list("act", flat=True))
    assert {"token-made", "token-used", "token-revoked"} <= acts


def confirmed_by_page(client: Client) -> None:
    """The account confirms who it is, as the page asks."""
    from test_doors import PASSWORD

    answer = client.post("/confirm/password/", {"password": PASSWORD, "next": "/security/tokens/"})
    assert answer["Location"] == "/security/tokens/"


def test_the_first_use_of_a_day_is_in_the_trail_and_no_other(staff: Staff) -> None:
    account = staff("auditor")
    text = token_of(account)
    used = Trail.objects.filter(account=account.username, act="token-used")
    assert [asked(text), asked(text)] == [(200, "")] * 2
    assert used.count() == 1
    ApiToken.objects.filter(account=account).update(used_on=F("used_on") - timedelta(days=1))
    asked(text)
    assert used.count() == 2


def test_it_acts_with_the_roles_of_this_moment(town: str, staff: Staff) -> None:
    account = staff("auditor")
    text, path = token_of(account), f"/api/i/{town}/decisions?limit=1"
    assert asked(text, path) == (200, "")
    Grant.objects.filter(account=account).delete()
    assert asked(text, path) == (404, "not-found")


@pytest.mark.parametrize("end", ["expired", "suspended", "sessions-ended", "factor-gone"])
def test_it_ends(staff: Staff, end: str) -> None:
    from allauth.mfa.models import Authenticator

    account = staff("auditor")
    text = token_of(account)
    assert asked(text) == (200, "")
    if end == "expired":
        ApiToken.objects.filter(account=account).update(expires_at=timezone.now())
    elif end == "suspended":
        Account.objects.filter(pk=account.pk).update(is_active=False)
    elif end == "sessions-ended":
        end_sessions(account)
    else:
        Authenticator.objects.filter(user=account).delete()
    assert asked(text) == ((403, "second-factor") if end == "factor-gone" else (401, "log-in"))


def test_a_wrong_token_never_falls_back_to_the_session(staff: Staff) -> None:
    WRONG_TOKENS.forget()
    client = entered(staff("auditor"))
    assert client.get("/api/me").status_code == 200
    assert asked("bh_wrong", client=client) == (401, "log-in")
    assert client.get("/api/me", headers={"authorization": "Basic YTpi"}).status_code == 401
    WRONG_TOKENS.forget()


def test_guessing_is_slowed_down(staff: Staff) -> None:
    WRONG_TOKENS.forget()
    text = token_of(staff("auditor"))
    found = [asked(f"bh_{k}")[0] for k in range(FAILURES_MAX + 1)]
    assert found == [401] * FAILURES_MAX + [429]
    answer = Client().get("/api/me", headers={"authorization": f"Bearer {text}"})
    assert 1 <= int(answer["Retry-After"]) <= 60
    elsewhere = Client(REMOTE_ADDR="127.0.0.9")
    assert asked(text, client=elsewhere) == (200, "")
    assert Trail.objects.filter(act="token-wrong").exists()
    WRONG_TOKENS.forget()


def test_they_are_bounded(staff: Staff) -> None:
    account = staff("auditor")
    for days in (0, DAYS_MAX + 1):
        with pytest.raises(BadInput, match="days"):
            token_of(account, days=days)
    with pytest.raises(BadInput, match="name"):
        token_of(account, name=" ")
    for _ in range(TOKENS_MAX):
        token_of(account)
    with pytest.raises(BadInput, match="revoke one"):
        token_of(account)
    ApiToken.objects.filter(account=account).update(expires_at=timezone.now())
    token_of(account)
    assert ApiToken.objects.filter(account=account).count() == 1, "those that have ended make room"


def test_a_token_changes_things_without_csrf_and_a_session_does_not(town: str, staff: Staff) -> None:
    account = staff("rule-analyst")
    strict = Client(enforce_csrf_checks=True)
    path, body = f"/api/i/{TOWN}/rules/validate", {"text": ""}
    by_token = strict.post(
        path, body, content_type="application/json", headers={"authorization": f"Bearer {token_of(account)}"}
    )
    assert by_token.status_code == 200
    strict.force_login(account)
    refused = strict.post(path, body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "csrf")
    strict.get("/security/tokens/")  # a page with a form gives the cookie
    secret = strict.cookies["bulkhead_csrf"].value
    taken = strict.post(path, body, content_type="application/json", headers={"x-csrftoken": secret})
    assert taken.status_code == 200


def test_nobody_changes_access_with_a_token(town: str, staff: Staff) -> None:
    administrator, other = staff("administrator"), staff("auditor")
    body = {
        "person": other.person.code,
        "account": other.username,
        "change": "granted",
        "role": "administrator",
        "reason": "to see",
    }
    path = f"/api/i/{town}/people/change"
    text = token_of(administrator)
    by_token = Client().post(
        path, body, content_type="application/json", headers={"authorization": f"Bearer {text}"}
    )
    by_session = entered(administrator).post(path, body, content_type="application/json")
    for answer in (by_token, by_session):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "confirm")
