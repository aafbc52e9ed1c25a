"""The book again as a few dictionaries, written from its rules and without a look at its kernel: the oracle."""

from __future__ import annotations

from dataclasses import dataclass, field

from bulkhead.custody.segregation import PERMITTED
from bulkhead.kernel.movements import AccountClass, Finding, MovementKind, Outcome, Phase, Refusal, Status

NEVER = None


@dataclass
class Wish:
    """One movement as a person would write it down. ``None`` is an account nobody named."""

    id: str
    amount: int
    kind: MovementKind
    debit: int | None
    credit: int | None
    debit_class: AccountClass
    credit_class: AccountClass
    settled: bool
    currency: int = 156
    phase: Phase = Phase.SINGLE
    hold: str = ""
    expires_us: int | None = NEVER
    instructed_by: int | None = None
    stated: int | None = None
    outcome: Outcome = Outcome.ALLOW


@dataclass
class Account:
    account_class: AccountClass
    currency: int
    known: bool  # whether the balance is all its money
    posted: int = 0
    gap: int = 0  # to what the source last stated


@dataclass
class Hold:
    debit: int
    credit: int
    left: int
    expires_us: int | None
    requested: bool
    in_review: bool


@dataclass
class Answer:
    """What the book did; balances are those after it."""

    status: Status
    refusal: Refusal
    findings: Finding
    debit_posted: int
    debit_held: int
    credit_posted: int


@dataclass
class PlainBook:
    accounts: dict[int, Account] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)

    def posted(self, number: int | None) -> int:
        return self.accounts[number].posted if number in self.accounts and number is not None else 0

    def held(self, number: int | None) -> int:
        return sum(hold.left for hold in self.holds.values() if hold.debit == number)

    def take(self, wish: Wish) -> Answer:
        findings = Finding.NONE
        if wish.settled:
            status, refusal, findings = Status.BOOKED, Refusal.NONE, self._settle(wish)
        else:
            refusal = self._refusal(wish)
            status = Status.REFUSED if refusal else self._carry_out(wish)
        return Answer(
            status, refusal, findings, self.posted(wish.debit), self.held(wish.debit), self.posted(wish.credit)
        )

    def lapse(self, now_us: int) -> dict[str, int]:
        """The holds that lapse by now, and what each had set aside."""
        over = {r: h.left for r, h in self.holds.items() if h.expires_us is not None and h.expires_us <= now_us}
        for reference in over:
            del self.holds[reference]
        return over

    def review(self, reference: str, *, release: bool) -> None:
        hold = self.holds[reference]
        if release and hold.requested:
            hold.in_review = False
            return
        del self.holds[reference]
        if release:
            self._move(hold.debit, hold.credit, hold.left)

    def _move(self, debit: int, credit: int, amount: int) -> None:
        self.accounts[debit].posted -= amount
        self.accounts[credit].posted += amount

    def _settle(self, wish: Wish) -> Finding:
        assert wish.debit is not None
        assert wish.credit is not None
        for number, its_class in ((wish.debit, wish.debit_class), (wish.credit, wish.credit_class)):
            self.accounts.setdefault(number, Account(its_class, wish.currency, known=False))
        self._move(wish.debit, wish.credit, wish.amount)
        debit, credit = self.accounts[wish.debit], self.accounts[wish.credit]
        found = Finding.NONE
        if {debit.currency, credit.currency} != {wish.currency}:
            found |= Finding.CURRENCY
        if (debit.account_class, credit.account_class) not in PERMITTED.get(wish.kind, ()):
            found |= Finding.SEGREGATION
        if wish.debit_class == AccountClass.CLIENT and wish.instructed_by not in (None, wish.debit):
            found |= Finding.UNAUTHORISED_DEBIT
        if wish.stated is not None:
            account = debit if wish.debit_class == AccountClass.CLIENT else credit
            gap, account.gap = account.gap, account.posted - wish.stated
            found |= Finding.BALANCE_DIFFERS if gap != account.gap else Finding.NONE
            account.known = True
        if debit.account_class != AccountClass.SUMMARY and debit.known and debit.posted < 0:
            found |= Finding.OVERDRAFT
        return found

    def _refusal(self, wish: Wish) -> Refusal:
        if wish.phase in (Phase.POST, Phase.VOID):
            return self._hold_refusal(wish)
        ground = self._account_refusal(wish)
        if ground:
            return ground
        assert wish.debit is not None
        if wish.debit_class == AccountClass.CLIENT and wish.instructed_by != wish.debit:
            return Refusal.UNAUTHORISED_DEBIT
        free = self.posted(wish.debit) - self.held(wish.debit)
        if wish.debit_class != AccountClass.SUMMARY and free < wish.amount:
            return Refusal.INSUFFICIENT_FUNDS
        places = wish.phase == Phase.PLACE or wish.outcome == Outcome.HOLD
        if places and (wish.hold or wish.id) in self.holds:
            return Refusal.HOLD_EXISTS
        return Refusal.DECLINED if wish.outcome == Outcome.DECLINE else Refusal.NONE

    def _account_refusal(self, wish: Wish) -> Refusal:
        if wish.debit not in self.accounts or wish.credit not in self.accounts:
            return Refusal.UNKNOWN_ACCOUNT
        assert wish.debit is not None
        assert wish.credit is not None
        debit, credit = self.accounts[wish.debit], self.accounts[wish.credit]
        if (debit.account_class, credit.account_class) != (wish.debit_class, wish.credit_class):
            return Refusal.UNKNOWN_ACCOUNT
        if {debit.currency, credit.currency} != {wish.currency}:
            return Refusal.CURRENCY
        if (debit.account_class, credit.account_class) not in PERMITTED.get(wish.kind, ()):
            return Refusal.SEGREGATION
        return Refusal.NONE

    def _hold_refusal(self, wish: Wish) -> Refusal:
        hold = self.holds.get(wish.hold)
        if hold is None or hold.in_review or hold.debit != wish.debit:
            return Refusal.HOLD_NOT_OPEN
        if wish.phase == Phase.VOID:
            return Refusal.NONE
        ground = self._account_refusal(wish)
        if ground:
            return ground
        if wish.credit != hold.credit:
            return Refusal.HOLD_NOT_OPEN
        return Refusal.HOLD_EXCEEDED if wish.amount > hold.left else Refusal.NONE

    def _carry_out(self, wish: Wish) -> Status:
        if wish.phase == Phase.VOID:
            del self.holds[wish.hold]
            return Status.VOIDED
        assert wish.debit is not None
        assert wish.credit is not None
        if wish.phase == Phase.POST:
            self.holds[wish.hold].left -= wish.amount
            if self.holds[wish.hold].left == 0:
                del self.holds[wish.hold]
        elif wish.phase == Phase.PLACE or wish.outcome == Outcome.HOLD:
            self.holds[wish.hold or wish.id] = Hold(
                wish.debit, wish.credit, wish.amount, wish.expires_us,
                requested=wish.phase == Phase.PLACE, in_review=wish.outcome == Outcome.HOLD,
            )  # fmt: skip
            return Status.HELD
        self._move(wish.debit, wish.credit, wish.amount)
        return Status.BOOKED
