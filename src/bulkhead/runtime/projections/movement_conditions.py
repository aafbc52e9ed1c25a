"""A question about movements as conditions of SQL: what a row must meet, whatever run it was found in."""

from __future__ import annotations

from dataclasses import dataclass, field

from bulkhead.kernel.movements import Finding, Outcome, Refusal, Status
from bulkhead.runtime.projections.facets import PARTY_COLUMNS
from bulkhead.runtime.projections.movement_query import MovementQuery, Reading
from bulkhead.runtime.projections.rule_bits import PublishedRules

ACCOUNT_COLUMNS = ("debit_account", "credit_account")
ALARM = f"(outcome <> {Outcome.ALLOW:d} OR status = {Status.REFUSED:d} OR refusal <> {Refusal.NONE:d} OR findings <> 0)"


@dataclass(slots=True)
class Conditions:
    """Statements over columns of ``movement`` that must all hold, and their parameters."""

    statements: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)
    impossible: bool = False  # no row can meet them: a name or a rule that there is not

    def add(self, statement: str, **parameters: object) -> None:
        self.statements.append(statement)
        self.parameters |= parameters

    @property
    def sql(self) -> str:
        return "".join(f" AND {statement}" for statement in self.statements)


def conditions_of(reading: Reading, query: MovementQuery, rules: PublishedRules) -> Conditions:
    """All conditions of a query."""
    party, account = (reading.number_of(name) if name else None for name in (query.party, query.account))
    found = timeless_conditions(query, rules, party, account)
    for statement, name, value in (
        ("effective_us >= %(since_us)s", "since_us", query.since_us),
        ("effective_us <= %(until_us)s", "until_us", query.until_us),
    ):
        if value is not None:
            found.add(statement, **{name: value})
    return found


def timeless_conditions(
    query: MovementQuery, rules: PublishedRules, party: int | None, account: int | None
) -> Conditions:
    """All but those of time, for whoever knows the sequences it bounds.

    ``party`` and ``account``: the numbers of the query's names, None for unknown ones.
    """
    found = Conditions()
    for column, values in (
        ("outcome", query.outcomes),
        ("status", query.statuses),
        ("kind", query.kinds),
        ("phase", query.phases),
        ("refusal", query.refusals),
    ):
        if values:
            found.add(f"{column} = ANY(%({column})s)", **{column: sorted(int(value) for value in values)})
    _add_findings(found, query.findings)
    if query.settled is not None:
        found.add("settled = %(settled)s", settled=int(query.settled))
    if query.only_alarms:
        found.add(ALARM)
    _add_bounds(found, query)
    _add_rule(found, rules, "hits", query.rule)
    _add_rule(found, rules, "unknowns", query.unknown_rule)
    if query.party:
        _add_name(found, "party", party, PARTY_COLUMNS)
    if query.account:
        _add_name(found, "account", account, ACCOUNT_COLUMNS)
    return found


def _add_findings(found: Conditions, findings: frozenset[Finding]) -> None:
    if findings:
        mask = 0
        for finding in findings:
            mask |= int(finding)
        without = " OR findings = 0" if Finding.NONE in findings else ""
        found.add(f"(findings & %(findings)s::smallint <> 0{without})", findings=mask)


def _add_bounds(found: Conditions, query: MovementQuery) -> None:
    for statement, name, value in (
        ("amount_minor >= %(amount_min)s", "amount_min", query.amount_min_minor),
        ("amount_minor <= %(amount_max)s", "amount_max", query.amount_max_minor),
    ):
        if value is not None:
            found.add(statement, **{name: value})


def _add_rule(found: Conditions, rules: PublishedRules, column: str, code: str) -> None:
    if not code:
        return
    bits = rules.bits_of(code)
    sets = " OR ".join(
        f"(rule_set = {number:d} AND get_byte({column}, {bit >> 3:d}) & {1 << (bit & 7):d} <> 0)"
        for number, bit in bits.items()
    )
    found.impossible |= not bits
    found.add(f"({sets or 'false'})")


def _add_name(found: Conditions, name: str, number: int | None, columns: tuple[str, ...]) -> None:
    found.impossible |= number is None
    found.add(f"({' OR '.join(f'{column} = %({name})s' for column in columns)})", **{name: number})
