"""Coming in and going out: password and second factor, recovery codes, lock-out, sessions that end, invitations."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from web_fixtures import ConsoleHouse, Staff, entered

if TYPE_CHECKING:
    from bulkhead.web.people.models import Account

pytestmark = pytest.mark.usefixtures("console_house")
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def nothing_tried_before(console_house: ConsoleHouse) -> Iterator[None]:
    """Attempts are counted by address, and all tests come from one."""
    cache.clear()
    yield
    cache.clear()


def code_of(account: Account, *, steps: int = 0) -> str:
    """What the account's code generator shows, ``steps`` of half a minute from this moment."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
    from allauth.mfa.utils import decrypt

    secret = decrypt(Authenticator.objects.get(user=account, type="totp").data["secret"])
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def through_the_door(account: Account, *, steps: int = 0) -> Client:
    """A browser in which somebody has typed password and code."""
    client = Client()
    answer = client.post("/log-in/", {"login": account.username, "password": PASSWORD})
    assert answer["Location"] == "/log-in/second-factor/"
    answer = client.post("/log-in/second-factor/", {"code": code_of(account, steps=steps)})
    assert answer.status_code == 302, answer.text
    return client


def acts_of(account: Account) -> list[str]:
    from bulkhead.web.people.models import Trail

    return list(Trail.objects.filter(account=account.username).order_by("id").values_list("act", flat=True))


def confirmed(client: Client, page: str) -> None:
    """Proves again who it is, as the page asks."""
    answer = client.get(page)
    assert answer["Location"].startswith("/confirm/password/")
    assert client.post("/confirm/password/", {"password": PASSWORD, "next": page})["Location"] == page


def test_password_and_code_open_the_console_and_leave_a_line(staff: Staff, town: str) -> None:
    account = staff("auditor")
    client = through_the_door(account)
    assert client.get(f"/i/{town}/").status_code == 200
    assert client.get("/security/").status_code == 200
    assert client.post("/log-out/").status_code == 302
    assert client.get(f"/i/{town}/").status_code == 302
    assert acts_of(account) == ["entered", "left"]


def test_the_password_alone_opens_nothing(staff: Staff, town: str) -> None:
    account = staff("auditor")
    client = Client()
    client.post("/log-in/", {"login": account.username, "password": PASSWORD})
    for page in (f"/i/{town}/", "/security/", "/second-factor/", "/second-factor/code/"):
        assert "/log-in/" in client.get(page)["Location"], page


def test_a_code_opens_once(staff: Staff) -> None:
    account = staff("auditor")
    through_the_door(account)
    client = Client()
    client.post("/log-in/", {"login": account.username, "password": PASSWORD})
    assert client.post("/log-in/second-factor/", {"code": code_of(account)}).status_code == 200


def test_guessing_codes_ends_after_five(staff: Staff) -> None:
    account = staff("auditor")
    client = Client()
    client.post("/log-in/", {"login": account.username, "password": PASSWORD})
    for _ in range(5):
        assert client.post("/log-in/second-factor/", {"code": "000000"}).status_code == 200
    answer = client.post("/log-in/second-factor/", {"code": code_of(account)})
    assert answer.status_code == 200
    assert "Too many" in answer.text
    assert acts_of(account).count("code-wrong") == 5


def test_guessing_passwords_ends_after_five_and_says_nothing_of_who_is_there(staff: Staff) -> None:
    account = staff("auditor")
    wrong = [Client().post("/log-in/", {"login": name, "password": "x"}) for name in (account.username, "nobody")]
    texts = [re.sub(r"[A-Za-z0-9]{64}", "", answer.text.replace(account.username, "nobody")) for answer in wrong]
    assert texts[0] == texts[1]
    for host in ("127.0.0.1", "localhost", "testserver", "127.0.0.1"):
        Client().post("/log-in/", {"login": account.username, "password": "x"}, headers={"host": host})
    answer = Client().post("/log-in/", {"login": account.username, "password": PASSWORD})
    assert answer.status_code == 200
    assert acts_of(account) == ["failed"] * 5 + ["locked"]


def test_a_session_gets_a_new_key_at_the_log_in(staff: Staff) -> None:
    account = staff("auditor")
    client = Client()
    client.post("/log-in/", {"login": account.username, "password": PASSWORD})
    before = client.session.session_key
    client.post("/log-in/second-factor/", {"code": code_of(account)})
    assert before is not None
    assert client.session.session_key not in (None, before)


def test_an_idle_session_ends_and_so_does_an_old_one(staff: Staff, town: str) -> None:
    account = staff("auditor")
    client = entered(account)
    row = account.sessions.get()
    assert timedelta(minutes=29) < row.expire_date - timezone.now() <= timedelta(minutes=30)
    account.sessions.update(expire_date=timezone.now() + timedelta(minutes=10))
    assert client.get(f"/i/{town}/").status_code == 200
    assert account.sessions.get().expire_date > timezone.now() + timedelta(minutes=29)
    account.sessions.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/i/{town}/").status_code == 302

    client = entered(account)
    late = timezone.now() - timedelta(hours=11, minutes=50)
    session = client.session
    session["entered_us"] = int(late.timestamp() * 1_000_000)
    session.save()
    assert client.get(f"/i/{town}/").status_code == 200
    assert max(row.expire_date for row in account.sessions.all()) <= late + timedelta(hours=12)


def test_own_sessions_are_listed_and_ended(staff: Staff, town: str) -> None:
    account = staff("auditor")
    here, there = entered(account), entered(account)
    page = here.get("/security/").text
    (code,) = set(re.findall(r"/security/sessions/([0-9a-f]{32})/end/", page))
    assert str(there.session.session_key) not in page
    assert here.post(f"/security/sessions/{code}/end/").status_code == 302
    assert there.get(f"/i/{town}/").status_code == 302
    assert here.get(f"/i/{town}/").status_code == 200
    stranger = entered(staff("auditor"))
    assert stranger.post(f"/security/sessions/{code}/end/").status_code == 404


def test_a_changed_password_ends_the_other_sessions(staff: Staff, town: str) -> None:
    account = staff("auditor")
    here, there = entered(account), entered(account)
    new = {"oldpassword": PASSWORD, "password1": "eleven blue anchors", "password2": "eleven blue anchors"}
    assert here.post("/security/password/", new).status_code == 302
    assert there.get(f"/i/{town}/").status_code == 302
    assert here.get(f"/i/{town}/").status_code == 200


def test_the_last_factor_stays(staff: Staff) -> None:
    account = staff("auditor")
    client = entered(account)
    confirmed(client, "/security/code/replace/")
    assert client.post("/security/code/remove/")["Location"] == "/security/"
    assert account.authenticator_set.filter(type="totp").count() == 1


def test_a_new_telephone_replaces_the_old_one(staff: Staff) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    account = staff("auditor")
    old = code_of(account, steps=1)
    client = entered(account)
    confirmed(client, "/security/code/replace/")
    secret = re.search(r'class="secret">([A-Z2-7]+)<', client.get("/security/code/replace/").text)
    assert secret
    code = format_hotp_value(hotp_value(secret[1], int(time.time()) // 30))
    assert client.post("/security/code/replace/", {"code": "000000"}).status_code == 200
    assert client.post("/security/code/replace/", {"code": code})["Location"] == "/security/"
    assert account.authenticator_set.filter(type="totp").count() == 1
    assert code_of(account, steps=1) != old
    assert secret[1] not in str(account.authenticator_set.get(type="totp").data)


def test_recovery_codes_are_shown_once_and_open_once(staff: Staff) -> None:
    account = staff("auditor")
    client = entered(account)
    confirmed(client, "/security/recovery-codes/new/")
    assert client.post("/security/recovery-codes/new/")["Location"] == "/security/recovery-codes/"
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/security/recovery-codes/").text)
    assert len(codes) == 10
    assert codes[0] not in client.get("/security/recovery-codes/").text
    for expected in (302, 200):
        client = Client()
        client.post("/log-in/", {"login": account.username, "password": PASSWORD})
        assert client.post("/log-in/second-factor/", {"code": codes[0]}).status_code == expected


def test_who_came_in_before_the_first_factor_is_put_out_by_it(staff: Staff, town: str) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    account = staff("auditor")
    account.authenticator_set.all().delete()
    thief, owner = Client(), Client()
    for client in (thief, owner):
        answer = client.post("/log-in/", {"login": account.username, "password": PASSWORD})
        assert answer.status_code == 302
        assert client.get(f"/i/{town}/")["Location"] == "/second-factor/"
    secret = re.search(r'class="secret">([A-Z2-7]+)<', owner.get("/second-factor/code/").text)
    assert secret
    code = format_hotp_value(hotp_value(secret[1], int(time.time()) // 30))
    answer = owner.post("/second-factor/code/", {"code": code})
    assert answer["Location"] == "/security/recovery-codes/"
    assert len(re.findall(r"<li>(\d{8})</li>", owner.get("/security/recovery-codes/").text)) == 10
    assert owner.get(f"/i/{town}/").status_code == 200
    assert thief.get(f"/i/{town}/")["Location"].startswith("/log-in/")


def test_an_invitation_opens_once_and_leads_to_the_second_factor(staff: Staff) -> None:
    from bulkhead.web.people.invitations import invite

    account = staff("auditor")
    account.authenticator_set.all().delete()
    account.set_unusable_password()
    account.save()
    replaced, path = invite(account, "eli"), invite(account, "eli")
    assert Client().get(replaced).status_code == 410
    client = Client()
    assert client.get(path).status_code == 200
    refused = client.post(path, {"password1": "short", "password2": "short"}, HTTP_ACCEPT_LANGUAGE="zh-CN")
    assert refused.status_code == 200
    assert "至少 12 个字符" in refused.text
    assert "characters" not in refused.text
    new = {"password1": "eleven blue anchors", "password2": "eleven blue anchors"}
    assert client.post(path, new)["Location"] == "/second-factor/"
    assert client.get("/security/")["Location"] == "/second-factor/"
    assert client.get("/second-factor/code/").status_code == 200
    assert Client().get(path).status_code == Client().post(path, new).status_code == 410
    assert acts_of(account) == ["accepted", "entered"]


def test_an_invitation_ends_after_three_days_and_with_a_suspension(staff: Staff) -> None:
    from bulkhead.web.people.invitations import invite
    from bulkhead.web.people.models import Invitation

    account = staff("auditor")
    path = invite(account, "eli")
    assert Client().get(path).status_code == 200
    account.is_active = False
    account.save()
    assert Client().get(path).status_code == 410
    account.is_active = True
    account.save()
    Invitation.objects.filter(account=account).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(path).status_code == 410


def test_the_suspended_do_not_come_in_and_do_not_stay(staff: Staff, town: str) -> None:
    account = staff("auditor")
    client = entered(account)
    account.is_active = False
    account.save()
    assert client.get(f"/i/{town}/")["Location"].startswith("/log-in/")
    answer = Client().post("/log-in/", {"login": account.username, "password": PASSWORD})
    assert answer["Location"] == "/log-in/suspended/"
    assert "suspended" in Client().get("/log-in/suspended/").text


def test_on_a_number_the_passkey_page_says_where_passkeys_work() -> None:
    page = Client().get("/log-in/", headers={"host": "127.0.0.1:8123"}).text
    assert 'href="http://localhost:8123/log-in/"' in page
    assert "passkey_login" not in page
    page = Client().get("/log-in/", headers={"host": "localhost:8123"}).text
    assert "passkey_login" in page


PAGES = (
    "/log-in/",
    "/security/",
    "/security/password/",
    "/confirm/password/",
    "/confirm/code/",
    "/second-factor/passkey/",
    "/security/recovery-codes/new/",
    "/security/code/replace/",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_form_carries_its_token_and_no_page_speaks_inline(staff: Staff, page: str) -> None:
    client = Client() if page == "/log-in/" else entered(staff("auditor"))
    if page in ("/second-factor/passkey/", "/security/recovery-codes/new/", "/security/code/replace/"):
        confirmed(client, page)
    for language in ("en", "zh-hans"):
        client.cookies["bulkhead_language"] = language
        text = client.get(page).text
        forms = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)
        assert forms
        assert all("csrfmiddlewaretoken" in form for form in forms)
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", text)
        assert not re.search(r"\son[a-z]+=|style=|<style", text)
        if language == "zh-hans":
            labels = re.findall(r"<label[^>]*>([^<]+)</label>", text)
            assert all(re.search(r"[\u4e00-\u9fff]", label) for label in labels), labels


def test_a_form_without_its_token_is_refused(staff: Staff) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/log-in/", {"login": "a", "password": "b"}).status_code == 403
