"""Ways around the console's guards that a review has found: each was open once and is shut."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.service.commands import (
    Change,
    ChangeAccess,
    DecideProposal,
    DemandFourEyes,
    ListProposals,
    OpenProposals,
    Person,
    Proposed,
)
from bulkhead.runtime.service.serving import Serving
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.runtime.wiring import Stores, opening_of
from test_api_tokens import asked, token_of
from test_people import OPERATIONS, PASSWORD, account_of, act, added, one_second_later, running, told
from web_fixtures import ConsoleHouse, Staff, entered

pytestmark = pytest.mark.usefixtures("console_house")
Place = tuple[str, Serving]


@pytest.fixture
def easy(console_house: ConsoleHouse, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A new institution in which one person suffices."""
    code = f"easy-{abs(hash(request.node.name)) % 10**9}"
    with running(console_house, code) as serving:
        yield code, serving


@pytest.fixture
def strict(console_house: ConsoleHouse, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A new institution that demands four eyes."""
    code = f"strict-{abs(hash(request.node.name)) % 10**9}"
    with running(console_house, code) as serving:
        serving.ask(DemandFourEyes(OPERATIONS))
        yield code, serving


def test_no_reset_in_an_easy_house_opens_a_strict_one(staff: Staff, easy: Place, strict: Place) -> None:
    """One administrator of both would take a risk officer's log-in alone, and approve with it."""
    from bulkhead.web.people.models import Grant

    administrator, officer = staff("administrator", institution=easy[0]), staff()
    Grant.objects.create(account=administrator, institution=strict[0], role="administrator")
    for (_, serving), role in ((easy, "auditor"), (strict, "risk-officer")):
        serving.ask(ChangeAccess(officer.person.code, officer.username, "granted", role, "as agreed", OPERATIONS))
    Grant.objects.create(account=officer, institution=strict[0], role="risk-officer")
    client = entered(administrator)
    client.get(f"/i/{easy[0]}/people/")
    base = f"people/{officer.person.code}/{officer.username}/reset/"
    answer = act(client, f"/i/{easy[0]}/{base}", reason="lost telephone")
    assert f"opens {strict[0]}, which demands four eyes" in client.get(answer["Location"]).text
    officer.refresh_from_db()
    assert officer.has_usable_password()
    Grant.objects.filter(account=officer, institution=strict[0]).delete()
    answer = act(client, f"/i/{easy[0]}/{base}", reason="lost telephone")
    officer.refresh_from_db()
    assert "/invitation/" in answer.text
    assert not officer.has_usable_password()


def test_the_command_line_resets_nowhere_before_two_agree(staff: Staff, easy: Place, strict: Place) -> None:
    """The easy house comes first by its name; done there, the password would be gone and a link free for the asking."""
    from bulkhead.web.people.beginning import new_invitation
    from bulkhead.web.people.following import follow_access
    from bulkhead.web.people.models import Grant

    officer = staff()
    told(easy, ChangeAccess(officer.person.code, officer.username, "granted", "auditor", "agreed", OPERATIONS))
    waiting = strict[1].ask(
        ChangeAccess(officer.person.code, officer.username, "granted", "risk-officer", "agreed", OPERATIONS)
    )
    assert isinstance(waiting, Proposed)
    second = Person("second", "second")
    told(strict, DecideProposal(waiting.number, "approve", waiting.snapshot, second))
    for code, _ in (easy, strict):
        follow_access(code)
    assert Grant.objects.filter(account=officer).count() == 2
    with pytest.raises(BadInput, match="approve the reset there"):
        new_invitation(officer.username, OPERATIONS, reset=True)
    officer.refresh_from_db()
    assert officer.has_usable_password()


def test_no_change_of_access_is_approved_with_a_token(staff: Staff, strict: Place) -> None:
    code, serving = strict
    added(entered(staff("administrator", institution=code)), code, "tok-ann")
    waiting = serving.ask(ListProposals())
    assert isinstance(waiting, OpenProposals)
    (proposal,) = waiting.proposals
    officer = staff("risk-officer", institution=code)
    path, headers = f"/api/i/{code}/proposals/1", {"authorization": f"Bearer {token_of(officer)}"}
    wanted = {"snapshot": proposal.snapshot}
    for verdict, status in (("approve", 403), ("reject", 200)):
        answer = Client().post(f"{path}/{verdict}", wanted, content_type="application/json", headers=headers)
        assert (verdict, answer.status_code) == (verdict, status), answer.text
    one_second_later()
    entered(officer).get(f"/i/{code}/people/")
    assert not account_of("tok-ann").grants.exists()


def test_a_new_password_ends_the_tokens_as_well(staff: Staff) -> None:
    account = staff("auditor")
    text, client, other = token_of(account), entered(account), entered(account)
    assert asked(text) == (200, "")
    form = {"oldpassword": PASSWORD, "password1": "eleven blue anchors", "password2": "eleven blue anchors"}
    act(client, "/security/password/", **form)
    account.refresh_from_db()
    assert account.check_password("eleven blue anchors")
    assert asked(text) == (401, "log-in")
    assert [one.get("/security/").status_code for one in (client, other)] == [200, 302]


def test_a_journal_that_cannot_be_read_shuts_its_own_house_only(
    staff: Staff, easy: Place, strict: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspension elsewhere must not wait for it, and what is suspended in it is not known."""
    from bulkhead.web.live.standing import standing_of
    from bulkhead.web.people import following

    code, damaged = easy[0], strict[0]
    someone, inside = staff("auditor", institution=code), staff("auditor", institution=damaged)
    client, out = entered(someone), entered(inside)
    follow, ends = following.follow_access, following.journal_ends

    def follow_most(institution: str) -> None:
        if institution == damaged:
            raise BadInput("The journal is damaged.")
        follow(institution)

    with monkeypatch.context() as broken:
        broken.setattr(following, "follow_access", follow_most)
        broken.setattr(following, "journal_ends", lambda: {damaged: 10**9} | ends())  # the damaged one first
        following._followed.pop(damaged, None)
        steps: tuple[tuple[Change, str], ...] = (("granted", "auditor"), ("suspended", ""))
        for change, role in steps:
            told(easy, ChangeAccess(someone.person.code, someone.username, change, role, "left", OPERATIONS))
        one_second_later()
        assert client.get(f"/i/{code}/").status_code in (302, 404)
        answer = out.get(f"/i/{damaged}/")
        assert (answer.status_code, "damaged" in answer.text) == (400, True)
        assert out.get(f"/api/i/{damaged}/status").status_code == 400
        session = str(out.session.session_key)
        assert standing_of([(session, damaged)]) == {(session, damaged): frozenset()}
    following._followed.pop(damaged, None)
    one_second_later()
    assert out.get(f"/i/{damaged}/").status_code == 200


def test_what_cannot_be_opened_keeps_no_connection(
    console_house: ConsoleHouse, easy: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bulkhead.web import books

    def damaged(stores: Stores) -> None:
        opening_of(stores)
        raise JournalDamaged(0, "is damaged")

    monkeypatch.setattr(books, "opening_of", damaged)
    books._books.pop(easy[0], None)
    with console_house.database.connect("admin", autocommit=True) as connection:
        counted = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        before = connection.execute(counted).fetchone()
        for _ in range(8):
            with pytest.raises(BadInput, match="verify"):
                books.book(easy[0])
        after = connection.execute(counted).fetchone()
    assert before is not None
    assert after is not None
    assert after[0] <= before[0] + 2, "eight tries left connections open"


@pytest.mark.parametrize("path", ["", "/security/", "/log-in/", "/invitation/nothing/"])
def test_without_a_database_every_page_says_so(
    staff: Staff, easy: Place, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("gone")

    client = entered(staff("auditor", institution=easy[0]))
    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", away)
    one_second_later()
    answer = client.get(path or f"/i/{easy[0]}/")
    assert (answer.status_code, "The database does not answer" in answer.text) == (503, True)


def test_a_page_whose_database_went_meanwhile_says_so(
    staff: Staff, easy: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame around the sentence asks that database as well."""
    from bulkhead.web import frame

    def away(*_: object) -> None:
        raise OperationalError("gone")

    client = entered(staff("auditor", institution=easy[0]))
    monkeypatch.setattr(frame, "roles_by_institution", away)
    assert client.get(f"/i/{easy[0]}/").status_code == 503


def test_an_export_gives_its_connection_back() -> None:
    from bulkhead.web.components.export import _EXPORTS, _from_threads
    from bulkhead.web.people.models import Account

    async def collect(pieces: AsyncIterator[bytes]) -> list[bytes]:
        return [piece async for piece in pieces]

    made = (str(Account.objects.count()).encode() for _ in range(3))
    assert len(async_to_sync(collect)(_from_threads(made))) == 3

    def kept() -> Any:
        return connections["default"].connection

    assert [_EXPORTS.submit(kept).result() for _ in range(4)] == [None] * 4


def test_the_language_leads_to_no_broken_address() -> None:
    client = Client(raise_request_exception=False)
    for target in ("/a\nb", "//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example"):
        answer = client.post("/language/", {"language": "en", "next": target})
        assert (target, answer.status_code, answer.get("Location")) == (target, 302, "/")


def test_nobody_on_this_machine_says_where_they_come_from() -> None:
    """Limits by address, and the trail, rest on the connection's own."""
    from bulkhead.web.serving import server_of

    async def called(scope: dict[str, Any]) -> str:
        seen: list[str] = []

        async def page(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["client"][0])

        config = server_of().config
        config.app = page
        config.load()
        await config.loaded_app(scope, None, None)  # type: ignore[arg-type]  # nothing is received or sent
        return seen[0]

    scope = {
        "type": "http",
        "client": ("127.0.0.1", 5),
        "scheme": "http",
        "headers": [(b"x-forwarded-for", b"203.0.113.9")],
    }
    assert async_to_sync(called)(scope) == "127.0.0.1"
