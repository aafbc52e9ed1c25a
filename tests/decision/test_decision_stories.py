"""Stories the rules were written for: what must be stopped, and what must be left in peace."""

from __future__ import annotations

import numpy as np
from bank import Bank

from bulkhead.kernel.movements import MovementKind, Outcome, Phase

HOUR_S, DAY_S = 3_600, 86_400


def bid_for_a_while(bank: Bank, client: str, device: str, *, count: int = 8) -> None:
    """An ordinary lender: a bid every other day, always from one device."""
    for number in range(count):
        done = bank.move(
            MovementKind.BID,
            "2000",
            debit=client,
            credit=f"client:borrower-{number}",
            device=device,
            after_s=2 * DAY_S,
            phase=Phase.PLACE,
        )
        assert (done.outcome, done.hits, done.unknowns) == (Outcome.ALLOW, set(), set())


def test_an_account_taken_over_is_stopped_from_the_first_large_payment_on() -> None:
    bank = Bank()
    bid_for_a_while(bank, "client:victim", "device:old")
    test = bank.move(
        MovementKind.WITHDRAWAL, "50", debit="client:victim", payee="bank:a", device="device:thief", after_s=DAY_S
    )
    assert (test.outcome, test.hits) == (Outcome.ALLOW, {"takeover.first_use_of_device"})
    stolen = [
        bank.move(MovementKind.WITHDRAWAL, "9800", debit="client:victim", payee=f"bank:{p}", device="device:thief")
        for p in "bcde"
    ]
    assert all(done.outcome >= Outcome.HOLD for done in stolen)
    assert "takeover.new_device_new_payee" in stolen[0].hits
    assert "takeover.new_device_burst" in stolen[2].hits


def test_a_thief_who_hides_the_device_is_held_because_unknown_is_no_pass() -> None:
    bank = Bank()
    bid_for_a_while(bank, "client:victim", "device:old")
    done = bank.move(MovementKind.WITHDRAWAL, "9800", debit="client:victim", payee="bank:b")
    assert done.outcome == Outcome.HOLD
    assert "takeover.new_device_new_payee" in done.unknowns


def test_a_new_phone_and_an_old_payee_are_left_in_peace() -> None:
    bank = Bank()
    bank.move(MovementKind.WITHDRAWAL, "300", debit="client:a", payee="bank:a", device="device:old")
    bid_for_a_while(bank, "client:a", "device:old", count=5)
    done = bank.move(MovementKind.WITHDRAWAL, "8000", debit="client:a", payee="bank:a", device="device:new")
    assert done.outcome == Outcome.ALLOW


def test_a_mule_is_stopped_while_it_fans_out() -> None:
    bank = Bank()
    bid_for_a_while(bank, "client:mule", "device:mule")
    for sender in range(4):
        bank.move(
            MovementKind.DEPOSIT,
            "48500",
            debit="book:summary",
            credit="client:mule",
            payer=f"bank:s{sender}",
            after_s=540,
        )
    outcomes = [
        bank.move(
            MovementKind.TRANSFER,
            "12300",
            debit="client:mule",
            credit=f"client:friend-{f}",
            device="device:mule",
            after_s=150,
        )
        for f in range(14)
    ]
    assert all("mules.fan_out_hour" in done.hits for done in outcomes[4:])
    assert sum(done.outcome == Outcome.HOLD for done in outcomes) >= 10


def test_deposits_just_under_the_reporting_line_are_structuring() -> None:
    bank = Bank()
    hits = [
        bank.move(MovementKind.DEPOSIT, "48500", debit="book:summary", credit="client:a", payer="bank:s").hits
        for _ in range(3)
    ]
    assert hits == [set(), set(), {"structuring.incoming_below_report"}]


def test_client_money_never_goes_to_the_platforms_own_account() -> None:
    done = Bank().move(MovementKind.TRANSFER, "0.01", debit="client:a", credit="book:own", device="device:desk")
    assert done.outcome == Outcome.DECLINE
    assert done.hits == {"segregation.client_to_own"}


def test_taking_client_money_under_the_name_of_a_fee_is_held() -> None:
    bank = Bank()
    small = bank.move(MovementKind.FEE, "2", debit="client:a", credit="book:fee")
    large = bank.move(MovementKind.FEE, "38000", debit="client:a", credit="book:fee")
    assert (small.outcome, small.hits) == (Outcome.ALLOW, set())
    assert (large.outcome, large.hits) == (Outcome.HOLD, {"segregation.fee_out_of_proportion"})


def test_a_borrower_takes_the_loan_home_in_peace() -> None:
    """The pay-out comes from many lenders, a fee is taken, all of it leaves at once: like a mule, but honest."""
    bank = Bank()
    for lender in range(30):
        bank.move(
            MovementKind.DISBURSEMENT,
            "2000",
            debit=f"client:lender-{lender}",
            credit="client:borrower",
            after_s=1,
            phase=Phase.POST,
        )
    bank.move(MovementKind.FEE, "600", debit="client:borrower", credit="book:fee", after_s=1)
    done = bank.move(
        MovementKind.WITHDRAWAL,
        "59400",
        debit="client:borrower",
        payee="bank:own",
        device="device:b",
        after_s=HOUR_S,
    )
    assert (done.outcome, done.hits) == (Outcome.ALLOW, set())


def test_one_phone_for_many_accounts_is_noticed() -> None:
    bank = Bank()
    hits = [
        bank.move(
            MovementKind.WITHDRAWAL, "900", debit=f"client:{c}", payee=f"bank:{c}", device="device:farm"
        ).hits
        for c in range(4)
    ]
    assert ["takeover.shared_device" in h for h in hits] == [False, False, True, True]


def test_alarms_are_rare_on_ordinary_payments() -> None:
    """Forty clients, thirty days, two card payments a day at some of thirty shops, amounts by each one's habit."""
    rng = np.random.default_rng(7)
    bank = Bank(provides=frozenset(), currency="EUR")
    habits_minor = rng.integers(500, 9_000, 40)
    held = alarms = payments = 0
    for _ in range(30):
        clients = rng.permutation(np.repeat(np.arange(40), rng.poisson(2, 40)))
        gaps_s = rng.multinomial(DAY_S - len(clients), np.ones(len(clients)) / len(clients)) + 1
        for client, gap_s in zip(clients, gaps_s, strict=True):
            amount = max(1, round(rng.normal(habits_minor[client], habits_minor[client] / 2)))
            done = bank.move(
                MovementKind.PAYMENT,
                f"{amount / 100:.2f}",
                debit=f"client:{client}",
                payee=f"shop:{rng.integers(30)}",
                after_s=int(gap_s),
            )
            payments += 1
            alarms += bool(done.hits or done.unknowns)
            held += done.outcome > Outcome.ALLOW
    assert payments > 2_000
    assert alarms < 0.01 * payments
    assert held < 0.002 * payments
