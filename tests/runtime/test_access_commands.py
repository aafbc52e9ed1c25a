"""People and roles through the command port: granted, proposed, stopped, listed, and never by oneself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Barrier, Thread

import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.service.commands import (
    LISTED_MAX,
    Access,
    AccountAccess,
    Change,
    ChangeAccess,
    DecideProposal,
    DemandFourEyes,
    Done,
    ListAccess,
    ListProposals,
    OpenProposal,
    OpenProposals,
    Person,
    Proposed,
    ProposeRules,
)
from bulkhead.runtime.verification.verifying import verify
from bulkhead.runtime.wiring import open_stores
from served_town import CODE, Served, large_sums, served

NewDatabase = Callable[[], AbstractContextManager[Database]]
OPERATIONS, ANN, BOB = (Person(name, name) for name in ("operations", "ann", "bob"))


def change(
    person: str, what: Change, role: str = "", by: Person = OPERATIONS, *, account: str = "", reason: str = "new"
) -> ChangeAccess:
    return ChangeAccess(person, account or person, what, role, reason, by)


def listed(town: Served) -> dict[str, AccountAccess]:
    reply = town.serving.ask(ListAccess())
    assert isinstance(reply, Access)
    return {entry.account: entry for entry in reply.entries}


def proposals(town: Served) -> tuple[OpenProposal, ...]:
    reply = town.serving.ask(ListProposals())
    assert isinstance(reply, OpenProposals)
    return reply.proposals


def proposed(town: Served, command: ChangeAccess) -> Proposed:
    reply = town.serving.ask(command)
    assert isinstance(reply, Proposed)
    return reply


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Served]:
    """An engine without people yet; at the end its journal is sound."""
    with served(database, tmp_path) as town:
        yield town
    with open_stores(town.settings, database, CODE) as stores:
        assert verify(stores, lambda done, expected: None).fault is None
        leaves = b"".join(batch.leaves.data for batch in stores.journal.read(0))
    for said in (b'"ann"', b"Li Na", b"li na", b"joined the night shift"):
        assert said not in leaves, "personal data stands in the vault alone"


def test_one_person_grants_where_one_may_and_a_repeat_doubles_nothing(town: Served) -> None:
    first = town.serving.ask(
        change("Li Na", "granted", "auditor", account="lina", reason="joined the night shift")
    )
    assert isinstance(first, Done)
    assert first.sequence is not None
    size = town.writer.machine.sequence
    assert town.serving.ask(change(" li na ", "granted", "auditor", account="LINA")) == Done(None, 1)
    assert town.serving.ask(change("", "granted", "auditor", account="lina")) == Done(None, 1)
    assert town.serving.ask(change("", "restored", account="lina")) == Done(None, 1)
    assert town.serving.ask(change("", "revoked", "custody", account="lina")) == Done(None, 1)
    assert town.writer.machine.sequence == size
    town.serving.ask(change("", "suspended", account="lina"))
    town.serving.ask(change("", "granted", "custody", account="lina"))
    assert listed(town) == {
        "lina": AccountAccess(account="lina", person="li na", roles=("auditor", "custody"), suspended=True)
    }


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (change("", "granted", "auditor", account="nobody"), "say whose it is"),
        (change("zoe", "revoked", "auditor"), "nobody has this account"),
        (change("zoe", "granted", "auditor", account="ann"), "another person"),
        (change("zoe", "granted", "Auditor"), "small letters"),
        (change("ann", "revoked", "Auditor"), "small letters"),
        (change("ann", "suspended", "auditor"), "whole account"),
        (change("zoe", "granted", "auditor", reason=" "), "needs a reason"),
        (change("zoe", "granted", "auditor", reason="x" * 5_000), "needs a reason"),
        (change("zo\ne", "granted", "auditor"), "cannot name a person"),
        (change("ann", "granted", "auditor", ANN), "their own access"),
        (change("ann", "granted", "administrator", ANN), "their own access"),
        (change("ann", "granted", "auditor", Person("Ann", "ann-2")), "their own access"),
        (change("ann", "granted", "auditor", Person("ann-2", "ann-2"), account="ann-3"), "their own access"),
        (change("bob", "granted", "auditor", Person("zoe", "ann")), "another person than it says"),
        (change("zoe", "granted", "auditor", Person("zoe-says", "zoe")), "their own access"),
    ],
)
def test_what_cannot_be_changed_is_told_in_a_sentence(town: Served, command: ChangeAccess, why: str) -> None:
    for account in ("ann", "ann-2"):
        town.serving.ask(change("ann", "granted", "administrator", account=account))
    size = town.writer.machine.sequence
    with pytest.raises(BadInput, match=why):
        town.serving.ask(command)
    assert town.writer.machine.sequence == size


def test_two_people_change_access_where_four_eyes_are_demanded(town: Served) -> None:
    for person in ("ann", "bob"):
        town.serving.ask(change(person, "granted", "administrator"))
    town.serving.ask(DemandFourEyes(OPERATIONS))
    command = change("Li Na", "granted", "auditor", ANN, account="lina", reason="joined the night shift")
    made = proposed(town, command)
    assert town.serving.ask(command) == made, "asked twice, proposed once"
    (shown,) = proposals(town)
    assert (shown.maker, shown.subject_person, shown.lapsed) == ("ann", "li na", "")
    assert shown.subject == {
        "person": "li na",
        "account": "lina",
        "change": "granted",
        "role": "auditor",
        "reason": "joined the night shift",
        "standing": "",
    }
    for by, why in (
        (ANN, "cannot approve"),
        (Person("ann", "ann-2"), "another account"),
        (Person("li na", "new"), "their own access"),
        (Person("zoe", "lina"), "their own access"),
    ):
        with pytest.raises(BadInput, match=why):
            town.serving.ask(DecideProposal(made.number, "approve", made.snapshot, by))
    town.serving.ask(DecideProposal(made.number, "approve", made.snapshot, BOB))
    assert listed(town)["lina"].roles == ("auditor",)
    assert town.serving.ask(command) == Done(None, 1)


def test_stopping_takes_one_and_takes_effect_at_once(town: Served) -> None:
    for person in ("ann", "bob"):
        town.serving.ask(change(person, "granted", "administrator"))
    town.serving.ask(DemandFourEyes(OPERATIONS))
    assert isinstance(town.serving.ask(change("bob", "suspended", by=ANN, reason="lost the key")), Done)
    for command in (ProposeRules(large_sums("5 CNY"), BOB), change("ann", "suspended", by=BOB)):
        with pytest.raises(BadInput, match="suspended"):
            town.serving.ask(command)
    made = proposed(town, change("bob", "restored", by=ANN))
    for by in (BOB, ANN):
        with pytest.raises(BadInput, match=r"suspended|cannot approve"):
            town.serving.ask(DecideProposal(made.number, "approve", made.snapshot, by))
    town.serving.ask(DecideProposal(made.number, "approve", made.snapshot, OPERATIONS))
    assert not listed(town)["bob"].suspended


def test_what_changed_after_it_was_proposed_has_lapsed(town: Served) -> None:
    town.serving.ask(DemandFourEyes(OPERATIONS))
    first, second = (proposed(town, change("zoe", "granted", role, ANN)) for role in ("auditor", "custody"))
    town.serving.ask(DecideProposal(first.number, "approve", first.snapshot, BOB))
    (left,) = proposals(town)
    assert "has changed" in left.lapsed
    with pytest.raises(BadInput, match="has changed"):
        town.serving.ask(DecideProposal(second.number, "approve", second.snapshot, BOB))


def test_of_two_approvers_at_once_one_wins_and_the_other_hears_why(town: Served) -> None:
    town.serving.ask(DemandFourEyes(OPERATIONS))
    for k in range(8):
        made = proposed(town, change(f"person {k}", "granted", "auditor", ANN))
        start, heard = Barrier(2), list[str]()

        def approve(by: Person, made: Proposed = made, start: Barrier = start, heard: list[str] = heard) -> None:
            with town.client() as engine:
                start.wait()
                try:
                    engine.ask(DecideProposal(made.number, "approve", made.snapshot, by))
                    heard.append("")
                except BadInput as refusal:
                    heard.append(str(refusal))

        threads = [Thread(target=approve, args=[by]) for by in (BOB, OPERATIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(heard) == [
            "",
            f"proposal {made.number} cannot be decided: this approval has been used before",
        ]
    assert len(listed(town)) == 8


def test_a_long_list_comes_in_pages(town: Served) -> None:
    for k in range(7):
        town.serving.ask(change(f"person {k}", "granted", "auditor"))
    seen, after = [], ""
    while True:
        page = town.serving.ask(ListAccess(after=after, limit=3))
        assert isinstance(page, Access)
        seen.append([entry.account for entry in page.entries])
        after = page.next
        if not after:
            break
    assert [len(page) for page in seen] == [3, 3, 1]
    assert {account for page in seen for account in page} == {f"person {k}" for k in range(7)}
    for limit in (0, LISTED_MAX + 1):
        with pytest.raises(BadInput, match="1 to 500"):
            town.serving.ask(ListAccess(limit=limit))
