"""Rows of ``movement`` as people see them: names for numbers, codes for bits."""

from __future__ import annotations

from psycopg.rows import TupleRow

from bulkhead.kernel.money import currency_code
from bulkhead.kernel.movements import Finding, MovementKind, Outcome, Phase, Refusal, Status
from bulkhead.runtime.projections.movement_query import MovementRow, Reading
from bulkhead.runtime.projections.rule_bits import PublishedRules

# The six columns of names stand together, so that their numbers are swapped at once.
SHOWN = (
    "sequence, effective_us, event_us, amount_minor, currency, kind, phase, settled,"
    " payer, payee, device, instructed_by, debit_account, credit_account,"
    " outcome, status, refusal, findings, rule_set, hits, unknowns,"
    " debit_posted_minor, credit_posted_minor, debit_held_minor"
)
_NAMES = slice(8, 14)


def movement_rows_shown(reading: Reading, rules: PublishedRules, rows: list[TupleRow]) -> list[MovementRow]:
    """Rows of ``SHOWN`` as people see them, in their order."""
    numbers = {number for row in rows for number in row[_NAMES] if number >= 0}
    found = reading.rows(
        "SELECT number, name FROM name WHERE institution = %(institution)s AND number = ANY(%(numbers)s)",
        {"numbers": sorted(numbers)},
    )
    names: dict[int, str] = dict(found)
    return [_shown(row, [names.get(number, "") for number in row[_NAMES]], rules) for row in rows]


def _shown(row: TupleRow, names: list[str], rules: PublishedRules) -> MovementRow:
    sequence, effective_us, event_us, amount_minor, currency, kind, phase, settled = row[:8]
    outcome, status, refusal, findings, rule_set, hits, unknowns = row[14:21]
    payer, payee, device, instructed_by, debit_account, credit_account = names
    return MovementRow(
        sequence=sequence,
        effective_us=effective_us,
        event_us=event_us,
        amount_minor=amount_minor,
        currency=currency_code(currency),
        kind=MovementKind(kind),
        phase=Phase(phase),
        settled=bool(settled),
        payer=payer,
        payee=payee,
        device=device,
        instructed_by=instructed_by,
        debit_account=debit_account,
        credit_account=credit_account,
        outcome=Outcome(outcome),
        status=Status(status),
        refusal=Refusal(refusal),
        findings=Finding(findings),
        rules=rules.codes_of(rule_set, hits),
        unknown_rules=rules.codes_of(rule_set, unknowns),
        debit_posted_minor=row[21],
        credit_posted_minor=row[22],
        debit_held_minor=row[23],
    )
