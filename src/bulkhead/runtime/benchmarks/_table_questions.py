"""What people ask of the table of movements: every filter there is, alone and with others that seldom meet it."""

from __future__ import annotations

from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.runtime.benchmarks._synthetic_town import FIRST_US
from bulkhead.runtime.projections.movement_query import MovementQuery, Reading
from bulkhead.runtime.projections.rule_bits import published_rules


def questions(reading: Reading) -> dict[str, MovementQuery]:
    """Name -> query, for a town of ``_synthetic_town``."""
    [(latest_us,)] = reading.rows(
        "SELECT effective_us FROM movement WHERE institution = %(institution)s ORDER BY sequence DESC LIMIT 1", {}
    )
    middle_us = (FIRST_US + latest_us) // 2
    return {
        "everything": MovementQuery(),
        **_columns(),
        **_rules(reading),
        **_amounts(),
        **_parties(reading),
        "a day": MovementQuery(since_us=middle_us, until_us=middle_us + 86_400_000_000),
        "until the middle": MovementQuery(until_us=middle_us),
        "alarms of a day": MovementQuery(
            since_us=middle_us, until_us=middle_us + 86_400_000_000, only_alarms=True
        ),
    }


def _columns() -> dict[str, MovementQuery]:
    return {
        "payments": MovementQuery(kinds=frozenset({MovementKind.PAYMENT})),
        "own money": MovementQuery(kinds=frozenset({MovementKind.OWN})),
        "refunds, of which there are none": MovementQuery(kinds=frozenset({MovementKind.REFUND})),
        "held": MovementQuery(outcomes=frozenset({Outcome.HOLD})),
        "held or declined": MovementQuery(outcomes=frozenset({Outcome.HOLD, Outcome.DECLINE})),
        "declined": MovementQuery(outcomes=frozenset({Outcome.DECLINE})),
        "refused": MovementQuery(statuses=frozenset({Status.REFUSED})),
        "placed": MovementQuery(phases=frozenset({Phase.PLACE})),
        "against segregation": MovementQuery(refusals=frozenset({Refusal.SEGREGATION})),
        "overdrawn": MovementQuery(findings=frozenset({Finding.OVERDRAFT})),
        "a rare finding": MovementQuery(findings=frozenset({Finding.SEGREGATION})),
        "without finding": MovementQuery(findings=frozenset({Finding.NONE})),
        "settled": MovementQuery(settled=True),
        "alarms": MovementQuery(only_alarms=True),
        "placed payments, which never meet": MovementQuery(
            kinds=frozenset({MovementKind.PAYMENT}), phases=frozenset({Phase.PLACE})
        ),
        "declined, yet held": MovementQuery(
            outcomes=frozenset({Outcome.DECLINE}), statuses=frozenset({Status.HELD, Status.BOOKED})
        ),
        "four common things": MovementQuery(
            settled=False,
            only_alarms=True,
            kinds=frozenset({MovementKind.FEE, MovementKind.TRANSFER}),
            outcomes=frozenset({Outcome.HOLD}),
        ),
    }


def _rules(reading: Reading) -> dict[str, MovementQuery]:
    codes = published_rules(reading).codes[0]
    found = {f"rule {k}": MovementQuery(rule=codes[k]) for k in (0, 6, 12, 18, 35)}
    found |= {f"unknown rule {k}": MovementQuery(unknown_rule=codes[k]) for k in (0, 10, 20)}
    found["a rule and another unknown"] = MovementQuery(rule=codes[3], unknown_rule=codes[4])
    found["a rule, held and large"] = MovementQuery(
        rule=codes[2], outcomes=frozenset({Outcome.HOLD}), amount_min_minor=1_000_000
    )
    return found


def _amounts() -> dict[str, MovementQuery]:
    return {
        "50,000 and more": MovementQuery(amount_min_minor=5_000_000),
        "51,234.56 and more": MovementQuery(amount_min_minor=5_123_456),
        "at most 1,000": MovementQuery(amount_max_minor=100_000),
        "between odd sums": MovementQuery(amount_min_minor=123_456, amount_max_minor=234_567),
        "one sum": MovementQuery(amount_min_minor=12_345, amount_max_minor=12_345),
        "one round sum": MovementQuery(amount_min_minor=1_000_000, amount_max_minor=1_000_000),
        "more than there is": MovementQuery(amount_min_minor=10**14),
        "large, settled, held": MovementQuery(
            amount_min_minor=20_000_000, settled=True, outcomes=frozenset({Outcome.HOLD})
        ),
    }


def _parties(reading: Reading) -> dict[str, MovementQuery]:
    found = reading.rows(
        "SELECT name FROM name WHERE institution = %(institution)s AND name ~ '^client:' ORDER BY number", {}
    )
    names = [name for (name,) in found]
    hot, middling, cold = names[0], names[len(names) // 20], names[-7]
    return {
        "the busiest client": MovementQuery(party=hot),
        "a client": MovementQuery(party=middling),
        "a client of few movements": MovementQuery(party=cold),
        "a client's refused ones": MovementQuery(party=middling, statuses=frozenset({Status.REFUSED})),
        "a client's large ones": MovementQuery(party=hot, amount_min_minor=50_000_000),
        "the custodian's account": MovementQuery(party="book:summary"),
        "what the fee account was paid": MovementQuery(account="book:fee"),
        "an account without movements": MovementQuery(account="book:own"),
        "a staff member": MovementQuery(party="staff:7"),
        "nobody known": MovementQuery(party="client:nobody"),
    }
