"""Four eyes, attacked through the browser's door: each attempt must leave the journal as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connections
from django.http import HttpResponseBase
from django.test import Client

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.intake.source import load_source
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.open_proposals import OpenProposals
from bulkhead.runtime.proposal_history import PastProposal, find_proposal
from bulkhead.runtime.service import commands
from bulkhead.runtime.service.command_port import CommandPort, port_file
from bulkhead.runtime.service.commands import (
    AskStatus,
    DemandFourEyes,
    HoldInReview,
    Holds,
    ListHolds,
    ListProposals,
    Person,
    Proposed,
    ProposeRules,
    Status,
)
from bulkhead.runtime.service.frames import SECRET
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.watching import publish_rules, watch
from bulkhead.runtime.wiring import open_writer
from bulkhead.web.books import book
from bulkhead.web.engine import settled
from bulkhead.web.people.models import Account, Grant
from seeded_town import seeded_batch, write_town
from stored_town import LATEST_US
from web_fixtures import OTHER, ConsoleHouse, Staff, entered

pytestmark = pytest.mark.usefixtures("console_house")
_HIDDEN = re.compile(r'name="(snapshot|verdict)" value="(\w+)"')


PAIRED = "paired"  # an institution of its own: there is no way back from four eyes


@pytest.fixture(scope="module")
def office(console_house: ConsoleHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The engine of an institution that demands four eyes and has holds that wait."""
    opening = InstitutionOpened(PAIRED, "CNY", 480)
    path = write_town(tmp_path_factory.mktemp("paired") / "town.csv", seeded_batch(5, 800, clients=20, pace_s=120))
    settings = console_house.settings
    with open_writer(settings, console_house.database, opening, command="a test") as writer:
        publish_rules(writer, default_rule_set().text, "the test")
        watch(writer, [path], load_source("movements"), latest_us=LATEST_US, on_progress=lambda done, of: None)
        key = writer.stores.keys.secret(SECRET)
        with (
            Serving(writer, SystemClock()) as serving,
            CommandPort(serving, key, PAIRED, port_file(settings.home, PAIRED)),
        ):
            serving.ask(DemandFourEyes(Person("the-founder", "the-founder")))
            yield serving


@pytest.fixture
def colleague(staff: Staff) -> Staff:
    """Makes a log-in with these roles there."""
    return partial(staff, institution=PAIRED)


def proposal_by(engine: Serving, maker: Account) -> Proposed:
    """A rule set of the maker's, proposed and to be seen by everybody."""
    number = status(engine).sequence
    head, first, *rest = default_rule_set().text.split("[[rules]]")
    first = first.replace('title = { en = "', f'title = {{ en = "Leaf {number} ', 1)
    reply = engine.ask(
        ProposeRules("[[rules]]".join([head, first, *rest]), Person(maker.person.code, maker.username))
    )
    assert isinstance(reply, Proposed)
    assert settled(PAIRED, status(engine).sequence - 1)
    return reply


def status(engine: Serving) -> Status:
    reply = engine.ask(AskStatus())
    assert isinstance(reply, Status)
    return reply


def open_numbers(engine: Serving) -> list[int]:
    reply = engine.ask(ListProposals())
    assert isinstance(reply, commands.OpenProposals)
    return [one.number for one in reply.proposals]


def decide(client: Client, number: int, verdict: str, snapshot: str) -> HttpResponseBase:
    form = {"verdict": verdict, "snapshot": snapshot}
    return client.post(f"/i/{PAIRED}/inbox/{number}/decide/", form)


def past(number: int) -> PastProposal:
    found = find_proposal(book(PAIRED).stores, number, SystemClock().now_us())
    assert found is not None
    return found


def said(client: Client, number: int) -> str:
    return client.get(f"/i/{PAIRED}/inbox/{number}/").text


def a_hold(engine: Serving) -> HoldInReview:
    """A hold that waits and that nobody has proposed to end."""
    after = ""
    while True:
        reply = engine.ask(ListHolds(after))
        assert isinstance(reply, Holds)
        free = [hold for hold in reply.holds if not hold.proposals]
        if free:
            return free[0]
        assert reply.more, "the seeded town has holds enough"
        after = reply.holds[-1].hold


def test_a_second_person_approves_what_the_page_shows(colleague: Staff, office: Serving) -> None:
    analyst, officer = colleague("rule-analyst"), colleague("risk-officer")
    proposed = proposal_by(office, analyst)
    before = status(office).rule_set
    page = said(entered(officer), proposed.number)
    forms = dict(_HIDDEN.findall(page.partition('value="approve"')[0] + 'value="approve"'))
    assert forms["snapshot"] == proposed.snapshot
    answer = decide(entered(officer), proposed.number, "approve", forms["snapshot"])
    assert (answer.status_code, answer["Location"]) == (303, f"/i/{PAIRED}/inbox/{proposed.number}/")
    assert status(office).rule_set == before + 1
    told = past(proposed.number)
    assert (told.state, told.maker, told.checker) == ("approved", analyst.person.code, officer.person.code)
    assert officer.person.name in said(entered(analyst), proposed.number)


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_nobody_decides_their_own(colleague: Staff, office: Serving, verdict: str) -> None:
    analyst = colleague("rule-analyst", "risk-officer")
    proposed = proposal_by(office, analyst)
    before = status(office)
    client = entered(analyst)
    decide(client, proposed.number, verdict, proposed.snapshot)
    assert status(office).sequence == before.sequence
    assert proposed.number in open_numbers(office)
    assert "not even as administrator" in said(client, proposed.number)


def test_a_second_account_of_the_same_person_is_the_same_person(colleague: Staff, office: Serving) -> None:
    analyst = colleague("rule-analyst")
    again = colleague("risk-officer", person=analyst.person.code)
    proposed = proposal_by(office, analyst)
    before = status(office)
    client = entered(again)
    assert f"inbox/{proposed.number}/" not in client.get(f"/i/{PAIRED}/inbox/").text
    decide(client, proposed.number, "approve", proposed.snapshot)
    assert status(office).sequence == before.sequence
    assert "another account of the person" in said(client, proposed.number)


def test_no_role_is_exempt(colleague: Staff, office: Serving) -> None:
    everything = ("administrator", "risk-officer", "custody-operations", "rule-analyst", "auditor")
    everybody = colleague(*everything)
    proposed = proposal_by(office, everybody)
    before = status(office)
    decide(entered(everybody), proposed.number, "approve", proposed.snapshot)
    assert status(office).sequence == before.sequence
    administrator = colleague("administrator")
    assert decide(entered(administrator), proposed.number, "approve", proposed.snapshot).status_code == 404
    assert status(office).sequence == before.sequence


def test_what_has_changed_since_cannot_be_approved(colleague: Staff, office: Serving) -> None:
    analyst, other, officer = colleague("rule-analyst"), colleague("rule-analyst"), colleague("risk-officer")
    first = proposal_by(office, analyst)
    second = proposal_by(office, other)
    client = entered(officer)
    decide(client, second.number, "approve", second.snapshot)
    before = status(office)
    decide(client, first.number, "approve", first.snapshot)
    assert status(office).sequence == before.sequence
    page = said(client, first.number)
    assert "has changed since it was proposed" in page
    assert past(first.number).state == "lapsed"


@pytest.mark.parametrize("what", ["of another proposal", "forged", "cut short", "no digest at all", "none"])
def test_who_looked_at_something_else_approves_nothing(colleague: Staff, office: Serving, what: str) -> None:
    analyst, other, officer = colleague("rule-analyst"), colleague("rule-analyst"), colleague("risk-officer")
    proposed, another = proposal_by(office, analyst), proposal_by(office, other)
    snapshot = {
        "of another proposal": another.snapshot,
        "forged": "0" * 64,
        "cut short": proposed.snapshot[:32],
        "no digest at all": "<script>",
        "none": "",
    }[what]
    before = status(office)
    client = entered(officer)
    decide(client, proposed.number, "approve", snapshot)
    assert status(office).sequence == before.sequence
    assert "what was looked at is not what was proposed" in said(client, proposed.number).lower()
    assert proposed.number in open_numbers(office)


def test_a_form_sent_again_does_nothing(colleague: Staff, office: Serving) -> None:
    analyst, officer, second = colleague("rule-analyst"), colleague("risk-officer"), colleague("risk-officer")
    proposed = proposal_by(office, analyst)
    client = entered(officer)
    decide(client, proposed.number, "approve", proposed.snapshot)
    before = status(office)
    for again in (client, entered(second)):
        for verdict in ("approve", "reject"):
            decide(again, proposed.number, verdict, proposed.snapshot)
    decide(entered(analyst), proposed.number, "withdraw", proposed.snapshot)
    assert status(office).sequence == before.sequence
    assert past(proposed.number).state == "approved"


def test_of_two_who_approve_at_once_one_has_done_it(colleague: Staff, office: Serving) -> None:
    analyst = colleague("rule-analyst")
    clients = [entered(colleague("risk-officer")) for _ in range(4)]
    proposed = proposal_by(office, analyst)
    before, together = status(office), Barrier(len(clients))

    def race(client: Client) -> int:
        together.wait(20)
        try:
            return decide(client, proposed.number, "approve", proposed.snapshot).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(clients)) as threads:
        assert list(threads.map(race, clients)) == [303] * len(clients)
    after = status(office)
    assert (after.rule_set, after.sequence) == (before.rule_set + 1, before.sequence + 2)
    told = [said(client, proposed.number) for client in clients]
    assert sum("Approved, and carried out" in page for page in told) == 1
    assert sum("used before" in page for page in told) == len(clients) - 1


def test_without_the_right_the_form_is_refused(colleague: Staff, office: Serving) -> None:
    analyst, auditor, custody = colleague("rule-analyst"), colleague("auditor"), colleague("custody-operations")
    proposed = proposal_by(office, analyst)
    before = status(office)
    for account in (auditor, custody):
        client = entered(account)
        assert "Approve exactly this" not in said(client, proposed.number)
        for verdict in ("approve", "reject"):
            assert decide(client, proposed.number, verdict, proposed.snapshot).status_code == 403
        decide(client, proposed.number, "withdraw", proposed.snapshot)
        assert "only the person who proposed it" in said(client, proposed.number).lower()
    assert status(office).sequence == before.sequence


def test_rights_end_with_the_role(colleague: Staff, office: Serving) -> None:
    analyst, officer = colleague("rule-analyst"), colleague("risk-officer", "auditor")
    proposed = proposal_by(office, analyst)
    client = entered(officer)
    assert "Approve exactly this" in said(client, proposed.number)
    Grant.objects.filter(account=officer, role="risk-officer").delete()
    before = status(office)
    assert decide(client, proposed.number, "approve", proposed.snapshot).status_code == 403
    Grant.objects.filter(account=officer).delete()
    assert decide(client, proposed.number, "approve", proposed.snapshot).status_code == 404
    assert status(office).sequence == before.sequence


def test_a_foreign_institution_is_out_of_reach(staff: Staff, colleague: Staff, town: str, office: Serving) -> None:
    proposed = proposal_by(office, colleague("rule-analyst"))
    foreign = entered(staff("risk-officer", institution=OTHER))
    before = status(office)
    assert decide(foreign, proposed.number, "approve", proposed.snapshot).status_code == 404
    form = {"verdict": "approve", "snapshot": proposed.snapshot}
    assert foreign.post(f"/i/{OTHER}/inbox/{proposed.number}/decide/", form).status_code == 404
    assert foreign.get(f"/i/{PAIRED}/inbox/{proposed.number}/").status_code == 404
    assert status(office).sequence == before.sequence


def test_a_decision_needs_our_own_form(colleague: Staff, office: Serving) -> None:
    officer = colleague("risk-officer")
    proposed = proposal_by(office, colleague("rule-analyst"))
    before = status(office)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(officer)
    assert decide(strict, proposed.number, "approve", proposed.snapshot).status_code == 403
    asked = {"verdict": "approve", "snapshot": proposed.snapshot}
    assert entered(officer).get(f"/i/{PAIRED}/inbox/{proposed.number}/decide/", asked).status_code == 405
    assert entered(officer).get(f"/i/{PAIRED}/inbox/{proposed.number}/", asked).status_code == 200
    for verdict in ("", "APPROVE", "approve,reject"):
        assert decide(entered(officer), proposed.number, verdict, proposed.snapshot).status_code == 400
    assert status(office).sequence == before.sequence


def test_a_hold_ends_only_with_a_second_person(colleague: Staff, office: Serving) -> None:
    custody, officer = colleague("custody-operations"), colleague("risk-officer")
    hold = a_hold(office)
    client = entered(custody)
    form = {"hold": hold.hold, "verdict": "release", "reason": "The client confirmed it by phone."}
    client.post(f"/i/{PAIRED}/holds/review/", form)
    number = open_numbers(office)[-1]
    client.post(f"/i/{PAIRED}/holds/review/", form)
    assert open_numbers(office)[-1] == number, "sent again it is the same proposal"
    settled(PAIRED, status(office).sequence - 1)
    snapshot = past(number).snapshot
    decide(client, number, "approve", snapshot)
    assert number in open_numbers(office)
    page = said(entered(officer), number)
    assert "The client confirmed it by phone." in page
    decide(entered(officer), number, "approve", snapshot)
    assert number not in open_numbers(office)
    told = past(number)
    assert (told.state, told.checker) == ("approved", officer.person.code)


def test_what_waits_is_what_the_engine_says(colleague: Staff, office: Serving) -> None:
    desk = OpenProposals(book(PAIRED).stores)
    analyst, officer = colleague("rule-analyst"), colleague("risk-officer")
    for verdict in ("reject", "approve", ""):
        proposed = proposal_by(office, analyst)
        if verdict:
            decide(entered(officer), proposed.number, verdict, proposed.snapshot)
        waiting = {one.number for one in desk.proposals(SystemClock().now_us())}
        assert waiting == set(open_numbers(office))
        assert (proposed.number in waiting) is not bool(verdict)
    assert desk.proposals(proposed.expires_us) == []
