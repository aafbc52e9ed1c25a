"""Finds the movements that may meet a query from the runs, many thousands at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import Finding
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.facets import Facet
from bulkhead.runtime.projections.movement_query import SEQUENCE_MAX, MovementQuery, Reading
from bulkhead.runtime.projections.rule_bits import PublishedRules

_AMOUNT_LEAST, _AMOUNT_MOST = -(2**63), 2**63 - 1
Flags = NDArray[np.bool_]  # [runs, RUN_SEQUENCES]

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
    SELECT w.n, r.n - 1, string_agg(p.pairs, ''::bytea)
    FROM unnest(%(runs)s::integer[]) WITH ORDINALITY r (run, n)
    CROSS JOIN unnest(%(which)s::integer[], %(facet)s::smallint[], %(low)s::bigint[], %(high)s::bigint[])
        w (n, facet, low, high)
    CROSS JOIN LATERAL (
        (
            SELECT pairs FROM pair_run
            WHERE institution = %(institution)s AND run = r.run AND facet = w.facet
                AND last BETWEEN w.low AND w.high
        )
        UNION ALL
        (
            SELECT pairs FROM pair_run
            WHERE institution = %(institution)s AND run = r.run AND facet = w.facet AND last > w.high
            ORDER BY last, part LIMIT 1
        )
    ) p
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Values:
    """Values of a facet, both ends included, that stand for movements between two sequences."""

    facet: Facet
    low: int
    high: int
    first: int = 0
    last: int = SEQUENCE_MAX


@dataclass(frozen=True, slots=True)
class Condition:
    """Met by movements that have any of the values, by themselves or in pairs."""

    values: tuple[Values, ...] = ()
    pairs: tuple[Values, ...] = ()
    exact: bool = True  # False: some that meet this do not meet the query; the row tells


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
    if party is not None:
        found.append(_party(party, exact=True))
    if account is not None:
        found.append(_party(account, exact=False))
    return tuple(found) or (_any_of(Facet.ANY, {0}),)


def _flags(findings: frozenset[Finding]) -> set[int]:
    return {int(flag) for finding in findings for flag in (list(finding) or [Finding.NONE])}


def _any_of(facet: Facet, values: set[int]) -> Condition:
    return Condition(tuple(Values(facet, value, value) for value in sorted(values)))


def _amounts(least: int | None, largest: int | None) -> Condition:
    """The ranges between two amounts; of the outermost only the amounts themselves, when they reach beyond."""
    if least is not None and largest is not None and least > largest:
        return Condition()
    least = _AMOUNT_LEAST if least is None else min(max(least, _AMOUNT_LEAST), _AMOUNT_MOST)
    largest = _AMOUNT_MOST if largest is None else min(max(largest, _AMOUNT_LEAST), _AMOUNT_MOST)
    low, high = (int(each) for each in facets.amount_ranges(np.array([least, largest])))
    whole, pairs = [], []
    for n in range(low, high + 1):
        start, end = facets.range_ends(n)
        if least <= start and end <= largest:
            whole.append(n)
        else:
            pairs.append(Values(Facet.SUM, max(start, least), min(end, largest)))
    values = (Values(Facet.AMOUNT, whole[0], whole[-1]),) if whole else ()
    return Condition(values, tuple(pairs))


def _party(number: int, *, exact: bool) -> Condition:
    values = (Values(Facet.PARTY, number, number),)
    return Condition(values, values, exact)


def _rule(facet: Facet, code: str, rules: PublishedRules) -> Condition:
    values = []
    for rule_set, bit in rules.bits_of(code).items():
        value = facets.rule_value(rule_set, bit)
        first, last = rules.in_force(rule_set)
        values.append(Values(facet, value, value, first, last))
    return Condition(tuple(values))


def matches(reading: Reading, conditions: tuple[Condition, ...], runs: list[int]) -> Flags:
    """Which movements of these runs meet the conditions; where one is not exact, which may."""
    flags = np.ones((len(runs), facets.RUN_SEQUENCES), np.bool_)
    # Those with pairs come first: they leave few runs for the others to be looked up in.
    for some in ([each for each in conditions if each.pairs], [each for each in conditions if not each.pairs]):
        alive = np.flatnonzero(flags.any(axis=1))
        if some and len(alive):
            flags[alive] &= _all_met(reading, some, [runs[k] for k in alive.tolist()])
    return flags


def _all_met(reading: Reading, conditions: list[Condition], runs: list[int]) -> Flags:
    found = np.zeros((len(conditions), len(runs), facets.RUN_SEQUENCES), np.bool_)
    asked = _asked(((k, each) for k, one in enumerate(conditions) for each in one.values), runs)
    for k, run, offsets, bitmaps in reading.rows(_MEMBERS, {"bitmap": facets.bitmap_bytes(), **asked}):
        if bitmaps:
            found[k, run] = facets.read_bitmaps(bitmaps)
        if offsets:
            found[k, run, facets.read_offsets(offsets)] = True
    pairs = [(k, each) for k, one in enumerate(conditions) for each in one.pairs]
    # A row of pairs also has what was not asked, so each answer must be known by its question.
    asked = _asked(((n, each) for n, (_, each) in enumerate(pairs)), runs)
    for n, run, data in reading.rows(_PAIRS, asked) if pairs else ():
        k, each = pairs[n]
        found[k, run, facets.read_pairs(each.facet, data, each.low, each.high)] = True
    together: Flags = np.logical_and.reduce(found)
    return together


def _asked(values: Iterable[tuple[int, Values]], runs: list[int]) -> dict[str, object]:
    """Parameters that ask these runs for values, each with a number to know the answer by."""
    first, stop = min(runs) * facets.RUN_SEQUENCES, (max(runs) + 1) * facets.RUN_SEQUENCES
    asked = [(n, each) for n, each in values if each.first < stop and each.last >= first]
    return {
        "runs": runs,
        "which": [n for n, _ in asked],
        "facet": [int(each.facet) for _, each in asked],
        "low": [each.low for _, each in asked],
        "high": [each.high for _, each in asked],
    }
