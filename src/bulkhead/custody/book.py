"""The book of one institution: accounts, holds, and the verbs that change them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from bulkhead.custody.accounts import ACCOUNT, HOLD, HOLD_FREE, HOLD_OPEN, HOLD_REVIEW
from bulkhead.custody.posting import post_batch
from bulkhead.custody.segregation import permitted_matrix
from bulkhead.kernel.movements import ABSENT, NO_AMOUNT, AccountClass, Outcome, Phase, Status, Strings

# (class, currency number) -> (accounts, posted, held)
Totals = dict[tuple[AccountClass, int], tuple[int, int, int]]

# Pages of these arrays cost nothing until they are touched, so a large capacity is only address space.
NAMES_MAX = 1 << 25
HOLDS_MAX = 1 << 22
NEVER_US = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Released:
    """Money that a hold had set aside and that is free (or booked) now."""

    hold: str
    account: int
    amount_minor: int


class Book:
    """Balances and holds by the engine's numbers. Every change is a function of the journal alone."""

    def __init__(self) -> None:
        self.accounts: NDArray[np.void] = np.zeros(NAMES_MAX, ACCOUNT)
        self.holds: NDArray[np.void] = np.zeros(HOLDS_MAX, HOLD)
        self._slot_of: dict[str, int] = {}
        self._free: list[int] = []
        self._slots_used = 0
        self._permitted = permitted_matrix()

    def open_account(self, number: int, account_class: AccountClass, currency: int) -> bool:
        """Open an account; False when this name is one already."""
        record = self.accounts[number]
        if record["account_class"] != AccountClass.NONE:
            return False
        record["account_class"] = account_class
        record["currency"] = currency
        record["balance_known"] = 1
        return True

    def post(
        self,
        rows: NDArray[np.void],
        outcomes: NDArray[np.void],
        ids: Strings,
        holds: tuple[str, ...],
        *,
        sealed: bool,
    ) -> None:
        """Post, hold or refuse each row in order; fills ``outcomes`` in place.

        ``rows["hold"]`` indexes ``holds``, the references of holds; a hold that names none is known by the
        movement's own id. ``sealed``: do what ``outcomes`` already says was done; raises ``ValueError`` when it
        says what this book never says.
        """
        slots = np.full(len(rows), ABSENT, np.int32)
        touched: list[str] = []
        for i in _rows_with_holds(rows, outcomes):
            reference = holds[rows["hold"][i]] if rows["hold"][i] != ABSENT else ids[int(i)]
            if rows["phase"][i] in (Phase.SINGLE, Phase.PLACE) and reference not in self._slot_of:
                self._slot_of[reference] = self._take_slot()
            slots[i] = self._slot_of.get(reference, ABSENT)
            touched.append(reference)
        if sealed:
            _check_sealed(rows, outcomes, slots)
        post_batch(rows, outcomes, self.accounts, self.holds, slots, self._permitted, sealed)
        for reference in touched:
            slot = self._slot_of.get(reference, ABSENT)
            if slot != ABSENT and self.holds[slot]["state"] == HOLD_FREE:
                self._give_back(reference)

    def expire(self, effective_us: int) -> list[Released]:
        """Free the money of every hold that lapses at or before this time, in order of reference."""
        used = self.holds[: self._slots_used]
        lapsed = (
            (used["state"] != HOLD_FREE) & (used["expires_us"] != NO_AMOUNT) & (used["expires_us"] <= effective_us)
        )
        if not lapsed.any():
            return []
        slots = set(np.flatnonzero(lapsed).tolist())
        references = sorted(reference for reference, slot in self._slot_of.items() if slot in slots)
        return [self._return_money(reference) for reference in references]

    def next_expiry_us(self) -> int:
        """When the next open hold lapses; far in the future when none does."""
        used = self.holds[: self._slots_used]
        lapsing = used["expires_us"][(used["state"] != HOLD_FREE) & (used["expires_us"] != NO_AMOUNT)]
        return int(lapsing.min()) if len(lapsing) else NEVER_US

    def review(self, reference: str, *, release: bool) -> tuple[int, ...]:
        """End a hold the decision placed: go on with the movement, or give the money back.

        Gives the accounts whose balances this may have changed.
        """
        hold = self.holds[self._slot_of[reference]]
        assert hold["state"] == HOLD_REVIEW, "the machine checks a review before it takes it"
        accounts = int(hold["debit_account"]), int(hold["credit_account"])
        if not release:
            self._return_money(reference)
        elif hold["requested"]:
            hold["state"] = HOLD_OPEN
        else:
            amount_minor = int(hold["remaining_minor"])
            self.accounts[accounts[0]]["posted_minor"] -= amount_minor
            self.accounts[accounts[1]]["posted_minor"] += amount_minor
            self._return_money(reference)
        return accounts

    def is_account(self, number: int) -> bool:
        """Whether this name is an account of the book."""
        return bool(self.accounts[number]["account_class"] != AccountClass.NONE)

    def holds_in_review(self) -> set[str]:
        """References of the holds that wait for people."""
        slots = np.fromiter(self._slot_of.values(), np.int64, len(self._slot_of))
        return set(compress(self._slot_of, (self.holds["state"][slots] == HOLD_REVIEW).tolist()))

    def totals(self, names: int) -> Totals:
        """(class, currency) -> (accounts, posted, held), over the first ``names`` numbers."""
        used = self.accounts[:names]
        found: Totals = {}
        for account_class in AccountClass:
            of_class = used[used["account_class"] == account_class]
            for currency in np.unique(of_class["currency"]) if account_class != AccountClass.NONE else ():
                of_both = of_class[of_class["currency"] == currency]
                sums = int(of_both["posted_minor"].sum()), int(of_both["held_minor"].sum())
                found[account_class, int(currency)] = (len(of_both), *sums)
        return found

    def arrays(self, names: int) -> dict[str, NDArray[np.void]]:
        """What a snapshot needs besides the hold references."""
        return {"accounts": self.accounts[:names].copy(), "holds": self.holds[: self._slots_used].copy()}

    def hold_slots(self) -> dict[str, int]:
        """Reference -> slot of every hold that is not closed."""
        return dict(self._slot_of)

    @classmethod
    def restore(cls, arrays: dict[str, NDArray[np.void]], hold_slots: dict[str, int]) -> Book:
        """The book of a snapshot."""
        book = cls()
        book.accounts[: len(arrays["accounts"])] = arrays["accounts"]
        book.holds[: len(arrays["holds"])] = arrays["holds"]
        book._slots_used = len(arrays["holds"])
        book._slot_of = dict(hold_slots)
        taken = set(hold_slots.values())
        book._free = [slot for slot in range(book._slots_used) if slot not in taken]
        return book

    def _take_slot(self) -> int:
        if self._free:
            return self._free.pop()
        assert self._slots_used < HOLDS_MAX, "more holds open at once than the book has room for"
        self._slots_used += 1
        return self._slots_used - 1

    def _return_money(self, reference: str) -> Released:
        hold = self.holds[self._slot_of[reference]]
        released = Released(reference, int(hold["debit_account"]), int(hold["remaining_minor"]))
        self.accounts[hold["debit_account"]]["held_minor"] -= hold["remaining_minor"]
        self._close(reference)
        return released

    def _close(self, reference: str) -> None:
        hold = self.holds[self._slot_of[reference]]
        hold["remaining_minor"] = 0
        hold["state"] = HOLD_FREE
        self._give_back(reference)

    def _give_back(self, reference: str) -> None:
        self._free.append(self._slot_of.pop(reference))


def _rows_with_holds(rows: NDArray[np.void], outcomes: NDArray[np.void]) -> NDArray[np.int64]:
    """Rows that name a hold or may place one: rare, so they may cost a Python step each."""
    by_decision = outcomes["outcome"] == Outcome.HOLD
    return np.flatnonzero((rows["settled"] == 0) & ((rows["phase"] != Phase.SINGLE) | by_decision))


def _check_sealed(rows: NDArray[np.void], outcomes: NDArray[np.void], slots: NDArray[np.int32]) -> None:
    """A leaf that someone else wrote must not make the posting kernel write beside its tables."""
    status, requested = outcomes["status"], rows["settled"] == 0
    moves = (status == Status.BOOKED) | ((status != Status.REFUSED) & requested)
    no_account = (rows["debit_account"] == ABSENT) | (rows["credit_account"] == ABSENT)
    uses_hold = (
        requested & (status != Status.REFUSED) & ((status != Status.BOOKED) | (rows["phase"] == Phase.POST))
    )
    for wrong, what in (
        (moves & no_account, "moves money without an account"),
        (uses_hold & (slots == ABSENT), "uses a hold that is not open"),
    ):
        if wrong.any():
            raise ValueError(f"movement {int(np.flatnonzero(wrong)[0])} of a run {what}")
