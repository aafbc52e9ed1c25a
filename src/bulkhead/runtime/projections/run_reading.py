"""Finds the movements that may meet a query from the runs, many thousands at a glance."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import Finding
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.facets import Facet
from bulkhead.runtime.projections.movement_query import SEQUENCE_MAX, MovementQuery, Reading
from bulkhead.runtime.projections.rule_bits import PublishedRules

Flags = NDArray[np.bool_]  # [runs, RUN_SEQUENCES]
_Member = tuple[int, bytes | None, bytes | None]  # index of the run, lists of offsets, bitmaps

_MEMBERS = """
    SELECT w.n, r.n - 1, string_agg(f.members, ''::bytea) FILTER (WHERE octet_length(f.members) < %(bitmap)s),
        string_agg(f.members, ''::bytea) FILTER (WHERE octet_length(f.members) = %(bitmap)s)
    FROM unnest(%(runs)s::integer[]) WITH ORDINALITY r (run, n)
    CROSS JOIN unnest(%(which)s::integer[], %(facet)s::smallint[], %(low)s::integer[], %(high)s::integer[])
        w (n, facet, low, high)
    CROSS JOIN LATERAL (
        SELECT members FROM facet_run
        WHERE institution = %(institution)s AND run = r.run AND facet = w.facet AND value BETWEEN w.low AND w.high
        OFFSET 0
    ) f
    GROUP BY 1, 2
"""
_PAIRS = """
    SELECT r.n - 1, p.pairs FROM unnest(%(runs)s::integer[]) WITH ORDINALITY r (run, n)
    CROSS JOIN LATERAL (
        SELECT pairs FROM party_run
        WHERE institution = %(institution)s AND run = r.run AND last >= %(party)s ORDER BY last LIMIT 1
    ) p
"""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a facet, both ends included, that stand for movements between two sequences."""

    facet: Facet
    low: int
    high: int
    first: int = 0
    last: int = SEQUENCE_MAX
    doubtful: bool = False  # whoever has one may meet the condition: the row tells


@dataclass(frozen=True, slots=True)
class Condition:
    """Met by movements that have any of the values, or the party in a role."""

    values: tuple[Values, ...]
    party: int | None = None

    @property
    def doubtful(self) -> bool:
        return any(each.doubtful for each in self.values)


def index_conditions(
    query: MovementQuery, rules: PublishedRules, party: int | None, account: int | None
) -> tuple[Condition, ...]:
    """What the runs know of a query. ``party`` and ``account``: the numbers of its names, where it has them."""
    columns = (
        (Facet.OUTCOME, query.outcomes),
        (Facet.STATUS, query.statuses),
        (Facet.KIND, query.kinds),
        (Facet.PHASE, query.phases),
        (Facet.REFUSAL, query.refusals),
        (Facet.FINDING, _flags(query.findings)),
        (Facet.SETTLED, () if query.settled is None else (query.settled,)),
        (Facet.ALARM, (1,) if query.only_alarms else ()),
    )
    found = [_any_of(facet, {int(value) for value in values}) for facet, values in columns if values]
    if query.amount_min_minor is not None or query.amount_max_minor is not None:
        found.append(_amounts(query.amount_min_minor, query.amount_max_minor))
    for facet, code in ((Facet.HIT, query.rule), (Facet.UNKNOWN, query.unknown_rule)):
        if code:
            found.append(_rule(facet, code, rules))
    for number, doubtful in ((party, False), (account, True)):
        if number is not None:
            found.append(Condition((Values(Facet.PARTY, number, number, doubtful=doubtful),), number))
    # The rarest first: a party; and where nothing is asked, everything.
    found.sort(key=lambda each: each.party is None)
    return tuple(found) or (_any_of(Facet.ANY, {0}),)


def _flags(findings: frozenset[Finding]) -> set[int]:
    return {int(flag) for finding in findings for flag in (list(finding) or [Finding.NONE])}


def _any_of(facet: Facet, values: set[int]) -> Condition:
    return Condition(tuple(Values(facet, value, value) for value in sorted(values)))


def _amounts(least: int | None, largest: int | None) -> Condition:
    """The ranges between two amounts; the outermost are in doubt when they reach beyond them."""
    least, largest = -(2**63) if least is None else least, 2**63 - 1 if largest is None else largest
    low, high = (int(each) for each in facets.amount_ranges(np.array([least, largest])))
    doubtful = [n for n in {low, high} if facets.range_ends(n)[0] < least or facets.range_ends(n)[1] > largest]
    inside = [n for n in range(low, high + 1) if n not in doubtful]
    values = [Values(Facet.AMOUNT, n, n, doubtful=True) for n in doubtful]
    if inside:
        values.append(Values(Facet.AMOUNT, inside[0], inside[-1]))
    return Condition(tuple(values) if least <= largest else ())


def _rule(facet: Facet, code: str, rules: PublishedRules) -> Condition:
    values = []
    for rule_set, bit in rules.bits_of(code).items():
        value = facets.rule_value(rule_set, bit)
        first, last = rules.in_force(rule_set)
        values.append(Values(facet, value, value, first, last))
    return Condition(tuple(values))


def matches(reading: Reading, conditions: tuple[Condition, ...], runs: list[int]) -> tuple[Flags, Flags]:
    """Which movements of these runs may meet the conditions, and which certainly do."""
    possible = np.ones((len(runs), facets.RUN_SEQUENCES), np.bool_)
    certain = possible.copy() if any(each.doubtful for each in conditions) else possible
    for condition in conditions:
        if condition.party is not None:
            found = _party_flags(reading, condition.party, runs)
            possible &= found
            certain &= found & (not condition.doubtful)
    alive = np.flatnonzero(possible.any(axis=1)).tolist()
    rest = [each for each in conditions if each.party is None]
    for found, sure in _value_flags(reading, rest, [runs[k] for k in alive]):
        possible[alive] &= found
        if certain is not possible:
            certain[alive] &= sure
    return possible, certain


def _value_flags(reading: Reading, conditions: list[Condition], runs: list[int]) -> list[tuple[Flags, Flags]]:
    """For each condition the movements that may meet it and those that certainly do."""
    if not runs:
        return []
    first, last = min(runs) * facets.RUN_SEQUENCES, (max(runs) + 1) * facets.RUN_SEQUENCES
    asked = [
        (2 * k + each.doubtful, each)
        for k, condition in enumerate(conditions)
        for each in condition.values
        if each.first < last and each.last >= first
    ]
    found = _members(reading, asked, runs)
    both = []
    for k, condition in enumerate(conditions):
        sure = _flags_of(found[2 * k], len(runs))
        both.append((sure | _flags_of(found[2 * k + 1], len(runs)) if condition.doubtful else sure, sure))
    return both


def _members(
    reading: Reading, asked: list[tuple[int, Values]], runs: list[int]
) -> defaultdict[int, list[_Member]]:
    """The members of what was asked, by its number."""
    rows = reading.rows(
        _MEMBERS,
        {
            "runs": runs,
            "bitmap": facets.bitmap_bytes(),
            "which": [which for which, _ in asked],
            "facet": [int(each.facet) for _, each in asked],
            "low": [each.low for _, each in asked],
            "high": [each.high for _, each in asked],
        },
    )
    found: defaultdict[int, list[_Member]] = defaultdict(list)
    for which, run, offsets, bitmaps in rows:
        found[which].append((run, offsets, bitmaps))
    return found


def _flags_of(members: list[_Member], runs: int) -> Flags:
    flags = np.zeros((runs, facets.RUN_SEQUENCES), np.bool_)
    for run, offsets, bitmaps in members:
        if bitmaps:
            flags[run] = facets.read_bitmaps(bitmaps)
        if offsets:
            flags[run, facets.read_offsets(offsets)] = True
    return flags


def _party_flags(reading: Reading, party: int, runs: list[int]) -> Flags:
    found = _members(reading, [(0, Values(Facet.PARTY, party, party))], runs)
    flags = _flags_of(found[0], len(runs))
    by_itself = {run for run, _, _ in found[0]}
    others = [k for k in range(len(runs)) if k not in by_itself]
    rows = reading.rows(_PAIRS, {"runs": [runs[k] for k in others], "party": party})
    for k, pairs in rows:
        flags[others[k], facets.offsets_of(party, pairs)] = True
    return flags
