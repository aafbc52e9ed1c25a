"""The town: its clients, the money they can spend, its queue of things to happen, its record of movements.

Every movement is written at the moment it happens and every honest request looks first at what the client can
spend, so that a held or refused honest payment is the engine's doing and not the world's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush

from bulkhead.kernel.movements import NO_AMOUNT, MovementKind, Phase
from bulkhead.simulation.calendar import SECOND_US, Calendar
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.world import WorldAccount, WorldMovement

SUMMARY, FEE, OWN = "book:summary", "book:fee", "book:own"
FINANCE_DESK = "staff:finance-desk"
CUSTODIAN = "bank:custodian"
YUAN = 100  # minor units
CARD_CHECK_MINOR = 1 * YUAN

Action = Callable[[int], object]  # is told the time; what it returns is not used


@dataclass(slots=True)
class Client:
    """One person with a sub-account. The newest device and bank card come first."""

    name: str
    devices: list[str]
    cards: list[str]
    joined_us: int
    pay_day: int = 0  # day of the month, 0 for none
    salary_minor: int = 0
    visits_per_mille: int = 0  # chance of a visit on a day
    hours: tuple[int, ...] = ()
    dormant: bool = False
    retired: bool = False  # set when a crime or a complaint has closed the account: no further honest steps


@dataclass(slots=True)
class Town:
    """State of the world while it is being made."""

    calendar: Calendar
    draw: Draw
    lenders: list[Client] = field(default_factory=list)
    borrowers: list[Client] = field(default_factory=list)
    accounts: list[WorldAccount] = field(default_factory=list)
    movements: list[WorldMovement] = field(default_factory=list)
    free_minor: dict[str, int] = field(default_factory=dict)  # per account: posted less set aside
    _queue: list[tuple[int, int, Action]] = field(default_factory=list)
    _planned: int = 0

    def at(self, at_us: int, action: Action) -> None:
        """Plan an action; it is called with the time. What lies beyond the last day is never done."""
        heappush(self._queue, (at_us, self._planned, action))
        self._planned += 1

    def run(self) -> None:
        """Do everything planned, and what that plans in turn, until the last day ends."""
        while self._queue and self._queue[0][0] < self.calendar.end_us:
            at_us, _, action = heappop(self._queue)
            action(at_us)

    def free(self, client: Client) -> int:
        """What the client can spend, in minor units."""
        return self.free_minor.get(client.name, 0)

    def open_account(self, client: Client, now_us: int) -> None:
        """Open the sub-account; the custodian checks the card both ways, one yuan in and half of it back."""
        self.accounts.append(WorldAccount(now_us, client.name))
        self.free_minor[client.name] = 0
        self.deposit(client, CARD_CHECK_MINOR, now_us)
        back_us = now_us + self.draw.between(60, 480) * SECOND_US
        self.at(back_us, partial(self.withdraw, client, CARD_CHECK_MINOR // 2))

    def deposit(self, client: Client, amount_minor: int, now_us: int, *, card: str = "") -> str:
        """Money arrives from a bank account: it has happened, so it is settled."""
        payer = card or client.cards[0]
        return self._record(
            now_us, MovementKind.DEPOSIT, amount_minor, SUMMARY, client.name, settled=True, payer=payer
        )

    def interest(self, client: Client, amount_minor: int, now_us: int) -> None:
        self._record(
            now_us, MovementKind.INTEREST, amount_minor, SUMMARY, client.name, settled=True, payer=CUSTODIAN
        )

    def withdraw(self, client: Client, amount_minor: int, now_us: int, *, card: str = "", device: str = "") -> str:
        """To the client's own bank account."""
        payee, device = card or client.cards[0], device or client.devices[0]
        return self._record(
            now_us, MovementKind.WITHDRAWAL, amount_minor, client.name, SUMMARY, payee=payee, device=device
        )

    def withdraw_too_much(self, client: Client, now_us: int) -> None:
        """A slip of the thumb: a digit too many. It cannot succeed, so it changes nothing here."""
        amount_minor = (self.free(client) // YUAN + 1) * 10 * YUAN
        self._record(
            now_us, MovementKind.WITHDRAWAL, amount_minor, client.name, SUMMARY,
            payee=client.cards[0], device=client.devices[0], counts=False,
        )  # fmt: skip

    def transfer(self, payer: Client, payee: Client, amount_minor: int, now_us: int, *, device: str = "") -> str:
        """Between two clients: usually the price of a loan claim that changes hands."""
        device = device or payer.devices[0]
        return self._record(now_us, MovementKind.TRANSFER, amount_minor, payer.name, payee.name, device=device)

    def fee(self, client: Client, amount_minor: int, now_us: int) -> None:
        """The platform's charge, authorised by the client in the contract."""
        self._record(now_us, MovementKind.FEE, amount_minor, client.name, FEE)

    def repay(self, borrower: Client, lender: Client, amount_minor: int, now_us: int) -> None:
        """Collected on the due day under the borrower's standing authorisation. Fails when money is short."""
        counts = self.free(borrower) >= amount_minor
        self._record(now_us, MovementKind.REPAYMENT, amount_minor, borrower.name, lender.name, counts=counts)

    def place_bid(
        self, lender: Client, borrower: Client, amount_minor: int, now_us: int, *, expires_us: int
    ) -> str:
        """Set money aside for a loan. The movement's id is from now on the name of the hold."""
        return self._record(
            now_us, MovementKind.BID, amount_minor, lender.name, borrower.name,
            phase=Phase.PLACE, expires_us=expires_us, device=self.device_for(lender),
        )  # fmt: skip

    def void_bid(self, lender: Client, borrower: Client, amount_minor: int, now_us: int, *, hold: str) -> None:
        self._record(
            now_us, MovementKind.BID, amount_minor, lender.name, borrower.name,
            phase=Phase.VOID, hold=hold, device=lender.devices[0],
        )  # fmt: skip

    def disburse(self, lender: Client, borrower: Client, amount_minor: int, now_us: int, *, hold: str) -> None:
        """Money set aside goes to the borrower; the lender agreed when bidding."""
        self._record(
            now_us, MovementKind.DISBURSEMENT, amount_minor, lender.name, borrower.name,
            phase=Phase.POST, hold=hold,
        )  # fmt: skip

    def sweep(self, amount_minor: int, now_us: int, *, counts: bool = True) -> str:
        """Earned fees go to the platform's own account."""
        return self._record(
            now_us, MovementKind.SWEEP, amount_minor, FEE, OWN, instructed_by=FINANCE_DESK, counts=counts
        )

    def own_in(self, amount_minor: int, now_us: int, *, payer: str) -> None:
        """The owners put money in."""
        self._record(now_us, MovementKind.OWN, amount_minor, SUMMARY, OWN, settled=True, payer=payer)

    def own_out(self, amount_minor: int, now_us: int, *, payee: str, counts: bool = True) -> str:
        """The platform spends its own money."""
        return self._record(
            now_us, MovementKind.OWN, amount_minor, OWN, SUMMARY,
            payee=payee, instructed_by=FINANCE_DESK, counts=counts,
        )  # fmt: skip

    def take_from_client(self, client: Client, amount_minor: int, now_us: int, *, as_fee: bool) -> str:
        """The platform helps itself: no client asked for it. The town does not count on this money."""
        kind, account = (MovementKind.FEE, FEE) if as_fee else (MovementKind.TRANSFER, OWN)
        return self._record(
            now_us, kind, amount_minor, client.name, account, instructed_by=FINANCE_DESK, counts=False
        )

    def device_for(self, client: Client) -> str:
        """Mostly the newest device, sometimes the other one."""
        return client.devices[0] if self.draw.chance(800) else self.draw.pick(client.devices)

    def expire(self, account: str, amount_minor: int) -> None:
        """A bid lapsed: its money is free again. The engine says so itself, so there is no movement."""
        self.free_minor[account] += amount_minor

    def _record(
        self, now_us: int, kind: MovementKind, amount_minor: int, debit: str, credit: str,
        *, settled: bool = False, payer: str = "", payee: str = "", device: str = "", instructed_by: str = "",
        phase: Phase = Phase.SINGLE, hold: str = "", expires_us: int = NO_AMOUNT, counts: bool = True,
    ) -> str:  # fmt: skip
        """Write a movement. The parties are the two accounts, and the payer instructs, unless told otherwise.

        ``counts=False`` is for attempts that ought to fail: no honest plan may rest on their money.
        """
        assert amount_minor > 0, (kind, amount_minor)
        movement_id = f"HB{len(self.movements) + 1:07d}"
        movement = WorldMovement(
            movement_id=movement_id,
            event_us=now_us,
            amount_minor=amount_minor,
            kind=kind,
            settled=settled,
            debit_account=debit,
            credit_account=credit,
            payer=payer or debit,
            payee=payee or credit,
            device=device,
            instructed_by=instructed_by or ("" if settled else payer or debit),
            phase=phase,
            hold=movement_id if phase == Phase.PLACE else hold,
            expires_us=expires_us,
        )
        self.movements.append(movement)
        if counts:
            self._book(phase, debit, credit, amount_minor)
        return movement_id

    def _book(self, phase: Phase, debit: str, credit: str, amount_minor: int) -> None:
        """The effect on what can be spent. A posted hold was already taken from the payer when it was placed."""
        debit_sign = {Phase.SINGLE: -1, Phase.PLACE: -1, Phase.POST: 0, Phase.VOID: 1}[phase]
        credit_sign = 1 if phase in (Phase.SINGLE, Phase.POST) else 0
        self.free_minor[debit] = self.free_minor.get(debit, 0) + debit_sign * amount_minor
        self.free_minor[credit] = self.free_minor.get(credit, 0) + credit_sign * amount_minor
