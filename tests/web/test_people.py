"""People and their roles: given and taken as facts of the journal, followed by the console, never one's own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client

from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.service.command_port import CommandPort, port_file
from bulkhead.runtime.service.commands import (
    ChangeAccess,
    DecideProposal,
    DemandFourEyes,
    Done,
    ListProposals,
    OpenProposals,
    Person,
)
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.wiring import open_writer
from web_fixtures import OTHER, TOWN, ConsoleHouse, Staff, entered

if TYPE_CHECKING:
    from django.http import HttpResponse

    from bulkhead.web.people.models import Account

pytestmark = pytest.mark.usefixtures("console_house")
PASSWORD = "correct horse battery staple"
OPERATIONS = Person("operations", "operations")
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def nothing_tried_before(console_house: ConsoleHouse) -> None:
    cache.clear()


@contextmanager
def running(house: ConsoleHouse, code: str) -> Iterator[Serving]:
    """The engine of an institution, for as long as the block lasts."""
    opening = InstitutionOpened(code, "CNY", 480)
    with open_writer(house.settings, house.database, opening, command="a test") as writer:
        key = writer.stores.keys.secret(SECRET)
        with (
            Serving(writer, SystemClock()) as serving,
            CommandPort(serving, key, code, port_file(house.settings.home, code)),
        ):
            yield serving


@pytest.fixture
def place(console_house: ConsoleHouse) -> Iterator[tuple[str, Serving]]:
    """A new institution with its engine."""
    code = f"place-{next(_numbers)}"
    with running(console_house, code) as serving:
        yield code, serving


def act(client: Client, path: str, **form: str) -> HttpResponse:
    """Send a form, and prove again who it is when asked: the act then goes on by itself."""
    answer = client.post(path, form)
    if answer.status_code == 302 and answer["Location"].startswith("/confirm/password/"):
        answer = client.post("/confirm/password/", {"password": PASSWORD, "next": path})
    return answer  # type: ignore[return-value]  # Django's test answer is one


def added(client: Client, place: str, username: str, role: str = "auditor", **more: str) -> HttpResponse:
    form = {"username": username, "code": username, "name": username.title(), "role": role, "reason": "new"} | more
    return act(client, f"/i/{place}/people/new/", **form)


def link_of(answer: HttpResponse) -> str:
    found = re.search(r"http://testserver(/invitation/[\w-]+/)", answer.text)
    assert found, answer.text
    return found[1]


def told(place: tuple[str, Serving], command: ChangeAccess | DecideProposal) -> None:
    """By somebody without a browser; until the tables say so, from which the console reads it."""
    from bulkhead.web.engine import settled

    done = place[1].ask(command)
    assert isinstance(done, Done)
    assert settled(place[0], done.sequence)


def account_of(username: str) -> Account:
    from bulkhead.web.people.models import Account

    return Account.objects.get(username=username)


def roles_in(place: str, username: str) -> set[str]:
    from bulkhead.web.people.models import Grant

    return set(Grant.objects.filter(institution=place, account__username=username).values_list("role", flat=True))


def one_second_later() -> None:
    """The console asks the journals at most once a second."""
    from bulkhead.web.people import following

    following._asked_s = 0.0


def test_an_administrator_adds_somebody_who_comes_in_by_the_link(staff: Staff, place: tuple[str, Serving]) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    for asked in (client.get, client.post):  # before the form is filled in, for it would be lost on the way
        assert asked(f"/i/{code}/people/new/")["Location"].startswith("/confirm/password/")
    answer = added(client, code, "fay")
    path = link_of(answer)
    assert roles_in(code, "fay") == {"auditor"}
    page = client.get(f"/i/{code}/people/").text
    assert "not entered yet" in page
    assert path not in page
    guest = Client()
    new = {"password1": "eleven blue anchors", "password2": "eleven blue anchors"}
    assert guest.post(path, new)["Location"] == "/second-factor/"
    person = client.get(f"/i/{code}/people/fay/").text
    for step in ("Role granted: Auditor", "Invitation made", "Invitation used", "Logged in"):
        assert step in person
    assert "new (journal leaf" in person


def test_roles_are_granted_and_revoked_and_the_history_says_by_whom(
    staff: Staff, place: tuple[str, Serving]
) -> None:
    code, _ = place
    admin = staff("administrator", institution=code)
    client = entered(admin)
    added(client, code, "gil")
    answer = act(client, f"/i/{code}/people/gil/gil/grant/", role="rule-analyst", reason="writes rules now")
    assert answer["Location"] == f"/i/{code}/people/gil/"
    assert roles_in(code, "gil") == {"auditor", "rule-analyst"}
    act(client, f"/i/{code}/people/gil/gil/revoke/", role="auditor", reason="no longer")
    assert roles_in(code, "gil") == {"rule-analyst"}
    page = client.get(f"/i/{code}/people/gil/").text
    assert f"by {admin.person.name}: writes rules now" in page
    assert "Role revoked: Auditor" in page
    client.cookies["bulkhead_language"] = "zh-hans"
    assert "收回角色：审计" in client.get(f"/i/{code}/people/gil/").text


def test_a_change_without_a_reason_or_of_an_unknown_role_does_nothing(
    staff: Staff, place: tuple[str, Serving]
) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    added(client, code, "hal")
    act(client, f"/i/{code}/people/hal/hal/grant/", role="rule-analyst", reason=" ")
    assert act(client, f"/i/{code}/people/hal/hal/grant/", role="emperor", reason="x").status_code == 404
    assert roles_in(code, "hal") == {"auditor"}


def test_whoever_is_suspended_is_out_with_the_next_request(staff: Staff, place: tuple[str, Serving]) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    added(client, code, "ida")
    ida = account_of("ida")
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    ida.set_password(PASSWORD)
    ida.save()
    TOTP.activate(ida, generate_totp_secret())
    there = entered(ida)
    assert there.get(f"/i/{code}/").status_code == 200
    act(client, f"/i/{code}/people/ida/ida/suspend/", reason="lost her bag")
    assert there.get(f"/i/{code}/")["Location"].startswith("/log-in/")
    assert roles_in(code, "ida") == set()
    assert not account_of("ida").is_active
    act(client, f"/i/{code}/people/ida/ida/restore/", reason="found it")
    assert account_of("ida").is_active
    assert roles_in(code, "ida") == {"auditor"}
    assert there.get(f"/i/{code}/").status_code == 302
    assert entered(account_of("ida")).get(f"/i/{code}/").status_code == 200


def test_a_suspension_given_elsewhere_is_followed_within_a_second(
    staff: Staff, place: tuple[str, Serving]
) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    added(client, code, "jan")
    told(place, ChangeAccess("jan", "jan", "suspended", "", "by the command line", OPERATIONS))
    one_second_later()
    assert "suspended" in client.get(f"/i/{code}/people/jan/").text
    assert not account_of("jan").is_active


def test_one_institution_does_not_lock_anybody_out_of_another(staff: Staff, place: tuple[str, Serving]) -> None:
    from bulkhead.web.people.following import follow_access

    code, _ = place
    kay = staff("auditor", institution=code)
    for what, role in (("granted", "auditor"), ("suspended", "")):
        told(place, ChangeAccess(kay.person.code, kay.username, what, role, "x", OPERATIONS))  # type: ignore[arg-type]  # both are changes
    from bulkhead.web.people.models import Grant, JournalAccess

    JournalAccess.objects.create(
        institution=OTHER, account=kay.username, person=kay.person.code, roles=["auditor"]
    )
    Grant.objects.create(account=kay, institution=OTHER, role="auditor")
    follow_access(code)
    kay.refresh_from_db()
    assert kay.is_active
    assert roles_in(code, kay.username) == set()
    assert roles_in(OTHER, kay.username) == {"auditor"}


def test_a_reset_ends_password_factors_and_sessions(staff: Staff, place: tuple[str, Serving]) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    lou = staff("auditor", institution=code)
    act(client, f"/i/{code}/people/{lou.person.code}/{lou.username}/grant/", role="rule-analyst", reason="x")
    there = entered(lou)
    path = link_of(act(client, f"/i/{code}/people/{lou.person.code}/{lou.username}/reset/", reason="lost phone"))
    lou.refresh_from_db()
    assert not lou.has_usable_password()
    assert not lou.authenticator_set.exists()
    assert there.get(f"/i/{code}/")["Location"].startswith("/log-in/")
    assert Client().get(path).status_code == 200
    second = link_of(act(client, f"/i/{code}/people/{lou.person.code}/{lou.username}/invite/"))
    assert Client().get(path).status_code == 410
    assert Client().get(second).status_code == 200


def test_nobody_changes_their_own_access_under_whichever_log_in(staff: Staff, place: tuple[str, Serving]) -> None:
    code, serving = place
    person = f"mia-{code}"
    first = staff("administrator", institution=code, person=person)
    second = staff("auditor", institution=code, person=person)
    client = entered(first)
    before = serving.ask(ListProposals()), roles_in(code, first.username), roles_in(code, second.username)
    for account in (first, second):
        base = f"/i/{code}/people/{person}/{account.username}"
        for verb in ("grant", "revoke", "suspend", "restore", "reset", "invite"):
            answer = act(client, f"{base}/{verb}/", role="risk-officer", reason="because")
            assert answer["Location"] == f"/i/{code}/people/{person}/", verb
    answer = added(client, code, "mia-too", code=person)
    assert "own access" in answer.text
    assert before == (
        serving.ask(ListProposals()),
        roles_in(code, first.username),
        roles_in(code, second.username),
    )
    page = client.get(f"/i/{code}/people/{person}/").text
    assert "This is you" in page
    assert "/grant/" not in page
    assert first.authenticator_set.exists()


def test_people_of_another_institution_are_neither_seen_nor_changed(
    staff: Staff, place: tuple[str, Serving]
) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    stranger = staff("risk-officer", institution=OTHER)
    assert stranger.username not in client.get(f"/i/{code}/people/").text
    assert client.get(f"/i/{code}/people/{stranger.person.code}/").status_code == 404
    base = f"/i/{code}/people/{stranger.person.code}/{stranger.username}"
    for verb in ("grant", "revoke", "suspend", "restore", "reset", "invite"):
        assert act(client, f"{base}/{verb}/", role="auditor", reason="x").status_code == 404, verb
    assert "taken" in added(client, code, stranger.username).text
    assert "taken" in added(client, code, "nia", code=stranger.person.code).text


def test_credentials_of_somebody_with_more_than_one_house_take_who_administers_both(
    staff: Staff, place: tuple[str, Serving]
) -> None:
    from bulkhead.web.people.models import Grant

    code, _ = place
    client = entered(staff("administrator", institution=code))
    both = staff("auditor", institution=code)
    Grant.objects.create(account=both, institution=OTHER, role="risk-officer")
    base = f"/i/{code}/people/{both.person.code}/{both.username}"
    answer = act(client, f"{base}/reset/", reason="give me their roles")
    page = client.get(answer["Location"]).text
    assert "institutions that you do not administer" in page
    assert OTHER not in page
    both.refresh_from_db()
    assert both.has_usable_password()


@pytest.mark.parametrize("role", ["auditor", "risk-officer"])
def test_who_may_only_see_people_sees_no_form(staff: Staff, place: tuple[str, Serving], role: str) -> None:
    code, _ = place
    someone = staff("rule-analyst", institution=code)
    client = entered(staff(role, institution=code))
    page = client.get(f"/i/{code}/people/{someone.person.code}/").text
    assert someone.username in page
    assert "/people/new/" not in client.get(f"/i/{code}/people/").text
    assert f"/{someone.username}/" not in page


def test_without_an_engine_nothing_changes_anywhere(staff: Staff, console_house: ConsoleHouse, town: str) -> None:
    from bulkhead.web.people.models import Account

    client = entered(staff("administrator"))
    someone = staff("auditor")
    assert "No engine is running" in client.get(f"/i/{TOWN}/people/").text
    answer = added(client, TOWN, "oda")
    assert "No engine is running" in answer.text
    assert not Account.objects.filter(username="oda").exists()
    base = f"/i/{TOWN}/people/{someone.person.code}/{someone.username}"
    answer = act(client, f"{base}/revoke/", role="auditor", reason="x")
    assert "No engine is running" in client.get(answer["Location"]).text
    assert roles_in(TOWN, someone.username) == {"auditor"}


def test_where_two_are_demanded_the_second_makes_it_so(staff: Staff, place: tuple[str, Serving]) -> None:
    code, serving = place
    serving.ask(DemandFourEyes(OPERATIONS))
    client = entered(staff("administrator", institution=code))
    answer = added(client, code, "pam")
    assert "Proposed" in client.get(answer["Location"]).text
    assert roles_in(code, "pam") == set()
    assert "without a role" in client.get(f"/i/{code}/people/").text
    waiting = serving.ask(ListProposals())
    assert isinstance(waiting, OpenProposals)
    (proposal,) = waiting.proposals
    told(place, DecideProposal(proposal.number, "approve", proposal.snapshot, Person("cli", "cli")))
    one_second_later()
    page = client.get(f"/i/{code}/people/pam/").text
    assert roles_in(code, "pam") == {"auditor"}
    assert "approved by cli" in page
    assert Client().get(link_of(act(client, f"/i/{code}/people/pam/pam/invite/"))).status_code == 200


def test_a_role_of_somebody_unknown_is_shown_until_they_are_added(
    staff: Staff, place: tuple[str, Serving]
) -> None:
    code, _ = place
    told(place, ChangeAccess("quinn", "quinn", "granted", "risk-officer", "by the command line", OPERATIONS))
    client = entered(staff("administrator", institution=code))
    page = client.get(f"/i/{code}/people/").text
    assert "quinn" in page
    assert "unknown to the console" in page
    assert roles_in(code, "quinn") == set()
    link_of(added(client, code, "quinn"))
    assert roles_in(code, "quinn") == {"risk-officer", "auditor"}
    assert "unknown to the console" not in client.get(f"/i/{code}/people/").text


def test_following_again_or_anew_changes_nothing(staff: Staff, place: tuple[str, Serving]) -> None:
    from bulkhead.web.people.following import follow_access
    from bulkhead.web.people.models import AccessChange, FollowedJournal

    code, _ = place
    client = entered(staff("administrator", institution=code))
    added(client, code, "rae")
    act(client, f"/i/{code}/people/rae/rae/reset/", reason="lost phone")
    rae = account_of("rae")
    rae.set_password(PASSWORD)
    rae.save()
    changes = list(AccessChange.objects.filter(institution=code).values_list("sequence", "change"))
    assert [change for _, change in changes] == ["granted", "credentials-reset"]
    FollowedJournal.objects.filter(institution=code).update(next_sequence=10**9)  # as after a journal was restored
    for _ in range(2):
        follow_access(code)
        assert list(AccessChange.objects.filter(institution=code).values_list("sequence", "change")) == changes
        assert roles_in(code, "rae") == {"auditor"}
        assert account_of("rae").has_usable_password()


def test_every_form_of_the_people_pages_carries_its_token(staff: Staff, place: tuple[str, Serving]) -> None:
    code, _ = place
    client = entered(staff("administrator", institution=code))
    someone = staff("auditor", institution=code)
    for page in ("", "new/", f"{someone.person.code}/"):
        for language in ("en", "zh-hans"):
            client.cookies["bulkhead_language"] = language
            text = client.get(f"/i/{code}/people/{page}").text
            forms = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)
            assert all("csrfmiddlewaretoken" in form for form in forms)
            assert not re.search(r"\son[a-z]+=|style=|<style", text)
