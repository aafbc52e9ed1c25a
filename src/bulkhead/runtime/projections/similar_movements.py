"""Movements like one: of the same parties nearby in time and amount, or with a rule in common, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bulkhead.analysis.features import WINDOWS
from bulkhead.intake.source import BOOK
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_search import movements_since, search_movements

NEAR_US = max(WINDOWS.values()) * 1_000_000  # what the rules look back at
_AMOUNT_TIMES_MAX = 2  # at most twice or half as much
_LOOKED_AT_MAX = 12  # in each direction, for each thing in common
_RULES_MAX = 3
_SEARCH_MS_MAX = 25  # what is far away is not similar

_BOTH = Words("same payer and payee", "付款方与收款方相同")
_WHY = {
    "device": (3, Words("same device", "同一设备")),
    "payer": (2, Words("same payer", "同一付款方")),
    "payee": (2, Words("same payee", "同一收款方")),
}
_OTHER_ROLE = Words("same party in another role", "同一当事方，角色不同")
_RULES = Words("same rule hit", "命中同一规则")
_AMOUNT = Words("same amount", "金额相同")


@dataclass(frozen=True, slots=True)
class SimilarMovement:
    """A movement and what it has in common with the one asked about, strongest first."""

    movement: MovementRow
    why: tuple[Words, ...]
    weight: int


def similar_movements(
    reading: Reading, sequence: int, limit: int = 10, *, budget_ms: int = 120
) -> tuple[SimilarMovement, ...]:
    """The most similar movements, the nearest in time first among equals. Empty where there is no such movement."""
    deadline_s = time.monotonic() + budget_ms / 1000
    found = movements_since(reading, sequence, limit=1)
    if not found or found[0].sequence != sequence:
        return ()
    one = found[0]
    others = {
        row.sequence: row for query in _queries(one) for row in _around(reading, query, sequence, deadline_s)
    }
    similar = [_compared(one, row) for row in others.values() if _is_near(one, row)]
    similar.sort(key=lambda each: (-each.weight, abs(each.movement.effective_us - one.effective_us)))
    return tuple(similar[:limit])


def _queries(one: MovementRow) -> list[MovementQuery]:
    """What is asked for: each party that is not the house itself, and each of the first rules that hit."""
    low, high = facets.amount_ranges(
        np.array([one.amount_minor // _AMOUNT_TIMES_MAX, one.amount_minor * _AMOUNT_TIMES_MAX])
    ).tolist()
    # Whole ranges are found by their bitmaps alone; what is too far away in them is left out afterwards.
    close = MovementQuery(amount_min_minor=facets.range_ends(low)[0], amount_max_minor=facets.range_ends(high)[1])
    parties = {getattr(one, column) for column in _WHY} - {""}
    queries = [replace(close, party=party) for party in sorted(parties) if not party.startswith(f"{BOOK}:")]
    return queries + [MovementQuery(rule=rule) for rule in one.rules[:_RULES_MAX]]


def _is_near(one: MovementRow, other: MovementRow) -> bool:
    """Near in time, and in amount unless a rule saw the same in both."""
    if abs(other.effective_us - one.effective_us) > NEAR_US:
        return False
    least, most = sorted((one.amount_minor, other.amount_minor))
    return most <= least * _AMOUNT_TIMES_MAX or bool(set(one.rules) & set(other.rules))


def _around(reading: Reading, query: MovementQuery, sequence: int, deadline_s: float) -> Iterator[MovementRow]:
    """The nearest on either side, as far as there is time to look."""
    for side in ({"before": sequence}, {"after": sequence}):
        left_ms = min(_SEARCH_MS_MAX, int(1000 * (deadline_s - time.monotonic())))
        if left_ms > 0:
            page = search_movements(reading, query, **side, limit=_LOOKED_AT_MAX, budget_ms=left_ms)
            yield from page.rows


def _compared(one: MovementRow, other: MovementRow) -> SimilarMovement:
    common: list[tuple[int, Words]] = []
    same = [column for column in _WHY if getattr(one, column) and getattr(one, column) == getattr(other, column)]
    if {"payer", "payee"} <= set(same):
        common.append((5, _BOTH))
        same = [column for column in same if column == "device"]
    common += [_WHY[column] for column in same]
    if not common and _parties(one) & _parties(other):
        common.append((1, _OTHER_ROLE))
    if set(one.rules) & set(other.rules):
        common.append((2, _RULES))
    if one.amount_minor == other.amount_minor and one.currency == other.currency:
        common.append((1, _AMOUNT))
    common.sort(key=lambda each: -each[0])
    return SimilarMovement(other, tuple(words for _, words in common), sum(weight for weight, _ in common))


def _parties(row: MovementRow) -> set[str]:
    names = {row.payer, row.payee, row.device, row.instructed_by, row.debit_account, row.credit_account}
    return {name for name in names if name and not name.startswith(f"{BOOK}:")}
