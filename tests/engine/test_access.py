"""Access as facts of the journal: what follows from what stands, what two people may do, and never one's own."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bulkhead.engine import staff as staff_rules
from bulkhead.engine.machine import Machine
from bulkhead.engine.proposals import CHANGE_ACCESS, snapshot
from bulkhead.engine.snapshot import dump, restore
from bulkhead.engine.staff import Standing, standing_text
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import (
    AccessChanged,
    ApprovalDecided,
    ApprovalProposed,
    FourEyesDemanded,
    InstitutionOpened,
    canonical_json,
)
from bulkhead.kernel.journal import Leaves
from bulkhead.kernel.leaves import encode_event_leaf
from bulkhead.kernel.merkle import leaf_hashes

KEY = bytes(32)
DAY_US = 86_400_000_000
ADMINISTRATORS = ("ann", "bob")


def change(
    person: str, what: str, role: str = "", *, account: str = "", maker: str = "operations"
) -> AccessChanged:
    """One person's change of an account that is named like its person unless told."""
    return AccessChanged(person, account or person, what, role, maker, "", "new here")


class House:
    """An institution with two administrators, and the leaves it has written."""

    def __init__(self, *, four_eyes: bool = True) -> None:
        self.machine = Machine(KEY)
        self.leaves: list[bytes] = []
        self.do(InstitutionOpened("house", "CNY", 480))
        for person in ADMINISTRATORS:
            self.do(change(person, "granted", "administrator"))
        if four_eyes:
            self.do(FourEyesDemanded("operations"))

    def do(self, event: object) -> None:
        sealed = self.machine.apply(event)  # type: ignore[arg-type]  # tests hand in wrong events too
        self.leaves += [sealed.leaves[k] for k in range(len(sealed.leaves))]

    def subject(self, person: str, what: str, role: str = "", *, account: str = "") -> dict[str, str]:
        account = account or person
        return {
            "person": person,
            "account": account,
            "change": what,
            "role": role,
            "reason": "new here",
            "standing": standing_text(self.machine.staff, account),
        }

    def proposal(self, maker: str, subject: object, *, account: str = "") -> ApprovalProposed:
        number = self.machine.proposals.count + 1
        text = canonical_json(subject).decode()
        return ApprovalProposed(number, CHANGE_ACCESS, text, maker, account or maker, 0, DAY_US)

    def propose(
        self, maker: str, person: str, what: str, role: str = "", *, account: str = ""
    ) -> ApprovalProposed:
        event = self.proposal(maker, self.subject(person, what, role, account=account))
        self.do(event)
        return event

    def decision(self, event: ApprovalProposed, person: str, verdict: str = "approve") -> ApprovalDecided:
        seen = snapshot(event, self.machine.now()).hex()
        return ApprovalDecided(event.number, verdict, seen, person, person, 1)

    def refuses(self, event: object, why: str) -> None:
        """Refused for this reason, and nothing has changed."""
        before = self.machine.sequence, dict(self.machine.staff), dict(self.machine.proposals.open)
        with pytest.raises(BadInput, match=why):
            self.do(event)
        assert before == (self.machine.sequence, dict(self.machine.staff), dict(self.machine.proposals.open))


def test_every_change_follows_from_what_stands() -> None:
    house = House(four_eyes=False)
    for event in (
        change("cid", "granted", "auditor"),
        change("cid", "granted", "risk-officer"),
        change("cid", "revoked", "auditor"),
        change("cid", "suspended"),
        change("cid", "credentials-reset"),
        change("cid", "granted", "custody"),
    ):
        house.do(event)
    assert house.machine.staff["cid"] == Standing("cid", frozenset({"risk-officer", "custody"}), suspended=True)
    house.do(change("cid", "restored"))
    assert house.machine.staff["cid"] == Standing("cid", frozenset({"risk-officer", "custody"}), suspended=False)
    house.do(change("cid", "granted", "auditor", account="cid-2"))
    assert house.machine.staff["cid-2"].person == "cid", "a person may have two accounts"


WRONG = {
    "a role that is held": (change("ann", "granted", "administrator"), "has the role"),
    "a role that is not held": (change("ann", "revoked", "auditor"), "does not have"),
    "an account of somebody else": (change("cid", "granted", "auditor", account="ann"), "another person"),
    "an account nobody has": (change("cid", "suspended"), "nobody has this account"),
    "a restored one that is not out": (change("ann", "restored"), "not suspended"),
    "an unknown change": (change("ann", "promoted", "king"), "no change 'promoted'"),
    "a role where none belongs": (change("ann", "suspended", "auditor"), "whole account"),
    "no role where one belongs": (change("ann", "granted"), "small letters"),
    "a role that is no slug": (change("ann", "granted", "Auditor"), "small letters"),
    "a role that is too long": (change("ann", "granted", "a" * 33), "small letters"),
    "nobody": (AccessChanged("", "x", "granted", "auditor", "ops", "", ""), "not known"),
    "no account": (AccessChanged("cid", "", "granted", "auditor", "ops", "", ""), "1 to 128 bytes"),
    "one's own": (change("ann", "granted", "auditor", maker="ann"), "their own access"),
    "one's own stop": (change("ann", "suspended", maker="ann"), "their own access"),
    "a checker without a proposal": (
        AccessChanged("cid", "cid", "granted", "auditor", "ann", "bob", ""),
        "agrees to a proposal",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_contradicts_the_state_is_refused_and_cannot_be_forged_into_a_journal(what: str) -> None:
    house = House(four_eyes=False)
    event, why = WRONG[what]
    house.refuses(event, why)
    leaves = Leaves.of([encode_event_leaf(event)])
    with pytest.raises(ValueError, match="cannot have happened here"):
        house.machine.fold(leaves, leaf_hashes(leaves))


def test_accounts_and_roles_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(four_eyes=False)
    for k in range(staff_rules.ROLES_MAX - 1):
        house.do(change("ann", "granted", "a" * (k + 1)))
    house.refuses(change("ann", "granted", "b"), "at most 32 roles")
    monkeypatch.setattr(staff_rules, "ACCOUNTS_MAX", 2)
    house.refuses(change("cid", "granted", "auditor"), "at most 2 accounts")


def test_where_two_are_demanded_one_may_only_stop() -> None:
    house = House()
    for what, role in (("granted", "auditor"), ("revoked", "administrator"), ("credentials-reset", "")):
        house.refuses(change("bob", what, role, maker="ann"), "four eyes")
    house.do(change("bob", "suspended", maker="ann"))
    house.refuses(change("bob", "restored", maker="ann"), "four eyes")
    proposed = house.propose("ann", "bob", "restored")
    house.do(house.decision(proposed, "cid"))
    assert not house.machine.staff["bob"].suspended
    house.refuses(house.proposal("ann", house.subject("bob", "suspended")), "no subject")


def test_a_second_person_carries_the_change_out() -> None:
    house = House()
    proposed = house.propose("ann", "cid", "granted", "auditor")
    house.refuses(house.decision(proposed, "ann"), "cannot approve")
    house.do(house.decision(proposed, "bob"))
    assert house.machine.staff["cid"] == Standing("cid", frozenset({"auditor"}), suspended=False)
    house.refuses(house.decision(proposed, "bob"), "used before")


def test_nobody_makes_or_decides_a_change_of_their_own() -> None:
    house = House()
    house.refuses(house.proposal("ann", house.subject("ann", "granted", "auditor")), "their own access")
    second = house.propose("bob", "ann", "granted", "auditor", account="ann-2")
    house.do(house.decision(second, "cid"))
    for person, account in (("ann", "ann-2"), ("zoe", "ann-2"), ("ann", "new-log-in"), ("zoe", "ann")):
        house.refuses(
            house.proposal(person, house.subject("ann", "granted", "custody"), account=account),
            "their own access|another person",
        )
    proposed = house.propose("bob", "ann", "granted", "custody")
    for verdict in ("approve", "reject"):
        right = house.decision(proposed, "cid", verdict)
        for person, account in (("ann", "ann"), ("ann", "ann-2"), ("ann", "new-log-in")):
            house.refuses(replace(right, person=person, account=account), "their own access")
        house.refuses(replace(right, person="cid", account="ann-2"), "another person")
        house.refuses(replace(right, person="bob", account="bob-2"), "another account of the person")
    house.do(house.decision(proposed, "cid"))


def test_the_log_in_that_is_to_become_somebodys_does_not_agree_to_that_itself() -> None:
    house = House()
    subject = house.subject("cid", "granted", "auditor", account="cid-2")
    house.refuses(house.proposal("zoe", subject, account="cid-2"), "their own access")
    proposed = house.propose("ann", "cid", "granted", "auditor", account="cid-2")
    house.refuses(replace(house.decision(proposed, "zoe"), account="cid-2"), "their own access")


def test_who_is_suspended_takes_part_in_nothing() -> None:
    house = House()
    made = house.propose("bob", "cid", "granted", "auditor")
    house.do(change("bob", "suspended", maker="ann"))
    house.refuses(house.proposal("bob", house.subject("cid", "granted", "custody")), "suspended")
    house.refuses(house.decision(made, "bob", "withdraw"), "suspended")
    other = house.propose("ann", "cid", "granted", "custody")
    house.refuses(house.decision(other, "bob"), "suspended")
    house.do(house.decision(other, "dan"))


def test_a_proposal_lapses_when_the_account_stands_otherwise_meanwhile() -> None:
    house = House()
    first, second = (house.propose("ann", "cid", "granted", role) for role in ("auditor", "custody"))
    late = house.decision(second, "bob")
    house.do(house.decision(first, "bob"))
    house.refuses(late, "changed since it was proposed")
    third = house.propose("ann", "cid", "granted", "custody")
    house.do(change("cid", "suspended", maker="bob"))
    house.refuses(house.decision(third, "bob"), "changed since it was proposed")
    assert house.machine.staff["cid"].roles == {"auditor"}


@pytest.mark.parametrize(
    "change_of",
    [
        {"standing": "[auditor]"},
        {"standing": 1},
        {"role": "Auditor"},
        {"change": "revoked"},
        {"change": "promoted"},
        {"more": "x"},
        {"person": ""},
        {"person": 7},
    ],
)
def test_nothing_is_proposed_that_could_not_be_done_to_access(change_of: dict[str, object]) -> None:
    house = House()
    subject = house.subject("cid", "granted", "auditor") | change_of
    house.refuses(house.proposal("ann", subject), ".")


def test_the_journal_alone_brings_people_and_roles_back() -> None:
    house = House()
    open_one = house.propose("ann", "cid", "granted", "auditor")
    done = house.propose("bob", "dan", "granted", "custody")
    house.do(house.decision(done, "ann"))
    house.do(change("dan", "suspended", maker="bob"))
    leaves, folded = Leaves.of(house.leaves), Machine(KEY)
    folded.fold(leaves, leaf_hashes(leaves))
    for machine in (folded, restore(dump(house.machine), KEY), restore(dump(folded), KEY)):
        assert machine.staff == house.machine.staff
        assert list(machine.proposals.open) == [open_one.number]
        assert machine.tree.root() == house.machine.tree.root()
        machine.apply(house.decision(open_one, "bob"))
        assert machine.staff["cid"].roles == {"auditor"}


def test_a_snapshot_from_before_there_were_people_is_not_taken() -> None:
    arrays = dump(House().machine)
    meta = json.loads(arrays["meta"].tobytes()) | {"version": 2}
    del meta["staff"]
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    with pytest.raises(ValueError, match="version 2"):
        restore(arrays, KEY)
