"""Passkeys in a real browser with a virtual authenticator: enrolled first, used as a factor, used alone, removed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser

from browser_fixtures import Watched, window
from web_fixtures import Staff, entered

pytestmark = pytest.mark.usefixtures("console_house", "town")
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def nothing_tried_before(console_house: object) -> None:
    cache.clear()


def with_authenticator(watched: Watched, **options: Any) -> tuple[Any, str]:
    """A device with a finger on it, plugged into the browser by its own debugging protocol."""
    session = watched.context.new_cdp_session(watched.page)
    session.send("WebAuthn.enable")
    settings = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": settings | options})
    return session, str(made["authenticatorId"])


def log_in(watched: Watched, username: str) -> None:
    watched.visit("/log-in/")
    watched.page.fill("#id_login", username)
    watched.page.fill("#id_password", PASSWORD)
    watched.page.click("button[type=submit]:has-text('Log in')")


def test_a_passkey_is_enrolled_and_then_opens_the_console_alone(
    chromium: Browser, site: str, staff: Staff, town: str
) -> None:
    account = staff("auditor")
    account.authenticator_set.all().delete()
    watched = window(chromium, site)
    session, _ = with_authenticator(watched)
    page = watched.page

    log_in(watched, account.username)
    page.wait_for_url(f"{site}/second-factor/")
    assert watched.axe() == []
    page.click("text=Cannot be phished")
    page.fill("#id_name", "Laptop")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(f"{site}/security/recovery-codes/")
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.click("text=Download")
    path = download.value.path()
    assert path.read_text().split() == codes
    page.click("text=I have kept them")
    page.wait_for_url(f"{site}/i/{town}/")

    page.goto(f"{site}/security/")
    assert page.locator("text=Laptop").count() >= 1
    assert page.locator("text=The last second factor cannot be removed").count() == 1
    page.click(".account-menu summary")
    page.click("text=Log out")
    page.wait_for_url(re.compile("/log-in/"))
    page.goto(f"{site}/log-in/")
    page.click("#passkey_login")
    page.wait_for_url(f"{site}/i/{town}/")
    assert watched.troubles == []
    session.detach()
    watched.context.close()


def test_a_passkey_follows_the_password_and_proves_again(
    chromium: Browser, site: str, staff: Staff, town: str
) -> None:
    account = staff("auditor")
    watched = window(chromium, site, account)
    with_authenticator(watched)
    page = watched.page
    watched.visit("/second-factor/passkey/")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]:has-text('Confirm')")
    page.wait_for_url(f"{site}/second-factor/passkey/")
    page.uncheck("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(re.compile("/security/"))
    watched.context.clear_cookies()

    log_in(watched, account.username)
    page.wait_for_url(f"{site}/log-in/second-factor/")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(f"{site}/i/{town}/")
    watched.visit("/confirm/passkey/?next=/security/")
    page.click("#mfa_webauthn_reauthenticate")
    page.wait_for_url(f"{site}/security/")
    assert watched.troubles == []
    watched.context.close()


def test_a_finger_that_is_not_the_owners_opens_nothing(chromium: Browser, site: str, staff: Staff) -> None:
    account = staff("auditor")
    account.authenticator_set.all().delete()
    watched = window(chromium, site, account)
    session, device = with_authenticator(watched)
    page = watched.page
    watched.visit("/second-factor/passkey/")
    if "/confirm/" in page.url:
        page.fill("#id_password", PASSWORD)
        page.click("button[type=submit]:has-text('Confirm')")
        page.wait_for_url(f"{site}/second-factor/passkey/")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(f"{site}/security/recovery-codes/")
    watched.context.clear_cookies()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    watched.visit("/log-in/")
    page.click("#passkey_login")
    page.locator("[data-passkey-fault]:visible").wait_for()
    assert "passkey was not used" in page.locator("[data-passkey-fault]").inner_text()
    assert page.url == f"{site}/log-in/"
    watched.context.close()


def test_a_passkey_signed_for_another_origin_is_refused(staff: Staff) -> None:
    """As a page on another port of the same machine would send it."""
    import base64
    import json

    account = staff("auditor")
    client = entered(account)
    client.post("/confirm/password/", {"password": PASSWORD, "next": "/security/"})
    client.get("/second-factor/passkey/", headers={"host": "localhost:8000"})
    data = json.dumps({"type": "webauthn.create", "challenge": "x", "origin": "http://localhost:9999"})
    signed = base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")
    credential = json.dumps(
        {"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": signed}}
    )
    answer = client.post("/second-factor/passkey/", {"name": "x", "credential": credential})
    assert answer.status_code == 200
    assert "This is not right" in answer.text
    for nonsense in ("{}", "[]", "1", "null", '{"response": 1}', "{"):
        assert client.post("/second-factor/passkey/", {"name": "x", "credential": nonsense}).status_code == 200
    assert not account.authenticator_set.filter(type="webauthn").exists()
