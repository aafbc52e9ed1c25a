"""The frame every page hangs in: who comes in, in which language, and what strangers see."""

from __future__ import annotations

import io
import logging

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from bulkhead.runtime.service.serving import Serving
from bulkhead.web.people.models import Grant
from bulkhead.web.rights import ROLES
from web_fixtures import OTHER, ConsoleHouse, Staff, entered

pytestmark = pytest.mark.usefixtures("console_house")


def test_a_stranger_is_asked_to_log_in_and_sent_back(console_house: ConsoleHouse) -> None:
    answer = Client().get("/i/somewhere/")
    assert answer.status_code == 302
    assert answer["Location"] == "/log-in/?next=/i/somewhere/"
    assert Client().get("/log-in/").status_code == 200


def test_every_answer_forbids_what_comes_from_elsewhere() -> None:
    answer = Client().get("/log-in/")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"].startswith(("no-store", "max-age=0, no-cache, no-store"))


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_start_in_both_languages(staff: Staff, town: str, role: str) -> None:
    client = entered(staff(role))
    assert client.get("/")["Location"] == f"/i/{town}/"
    assert "Overview" in client.get(f"/i/{town}/").text
    answer = client.post("/language/", {"language": "zh-hans", "next": f"/i/{town}/?a=1"})
    assert answer["Location"] == f"/i/{town}/?a=1"
    page = client.get(f"/i/{town}/").text
    assert "总览" in page
    assert 'lang="zh-Hans"' in page


def test_a_foreign_institution_is_not_there(staff: Staff, town: str) -> None:
    client = entered(staff("risk-officer"))
    assert client.get(f"/i/{OTHER}/").status_code == client.get("/i/never-heard-of/").status_code == 404


def test_without_a_second_factor_nothing_opens(staff: Staff, town: str) -> None:
    account = staff("risk-officer")
    Authenticator.objects.filter(user=account).delete()
    assert entered(account).get(f"/i/{town}/")["Location"] == "/second-factor/"


def test_who_works_for_several_begins_where_an_engine_runs(staff: Staff, engine: Serving, town: str) -> None:
    account = staff("auditor")
    Grant.objects.create(account=account, institution=OTHER, role="auditor")
    assert sorted((town, OTHER))[0] == OTHER, "it would be the first"
    assert entered(account).get("/")["Location"] == f"/i/{town}/"


def test_the_live_screen_says_when_nothing_can_come(staff: Staff, town: str) -> None:
    page = entered(staff("auditor")).get(f"/i/{town}/live/").text
    assert f"bulkhead serve --institution {town}" in page


def test_what_failed_is_told_to_whoever_runs_the_console(
    staff: Staff, town: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a rule without a title")

    client, said = entered(staff("auditor")), io.StringIO()
    client.raise_request_exception = False
    [handler] = logging.getLogger("django").handlers
    monkeypatch.setattr(handler, "stream", said)
    monkeypatch.setattr("bulkhead.web.page.admitted", broken)
    answer = client.get(f"/i/{town}/status/")
    assert answer.status_code == 500
    assert "a rule without a title" not in answer.text
    assert "a rule without a title" in said.getvalue()
    assert f"/i/{town}/status/" in said.getvalue()


def test_the_language_switch_does_not_lead_away(staff: Staff, town: str) -> None:
    answer = entered(staff("auditor")).post("/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
