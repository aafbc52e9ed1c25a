"""When accounts moved last: a page of them at once, from the few runs before each one's last balance mark."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from bulkhead.runtime.projections import facets
from bulkhead.runtime.projections.facets import Facet
from bulkhead.runtime.projections.movement_query import Reading

_RUNS_BACK = 5  # marks are at most as far apart, see ``MARK_EVERY``
_CANDIDATES_MAX = 8  # an account's name may stand in other roles, where no money of it moves

_MEMBERS = """
    SELECT w.party, w.run, f.members FROM unnest(%(parties)s::integer[], %(runs)s::integer[]) w (party, run)
    CROSS JOIN LATERAL (
        SELECT members FROM facet_run
        WHERE institution = %(institution)s AND run = w.run AND facet = %(facet)s AND value = w.party OFFSET 0
    ) f
"""
_PAIRS = """
    SELECT w.party, w.run, string_agg(p.pairs, ''::bytea)
    FROM unnest(%(parties)s::integer[], %(runs)s::integer[]) w (party, run)
    CROSS JOIN LATERAL (
        (
            SELECT pairs FROM pair_run
            WHERE institution = %(institution)s AND run = w.run AND facet = %(facet)s AND last = w.party
        )
        UNION ALL
        (
            SELECT pairs FROM pair_run
            WHERE institution = %(institution)s AND run = w.run AND facet = %(facet)s AND last > w.party
            ORDER BY last, part LIMIT 1
        )
    ) p
    GROUP BY 1, 2
"""
_MOVED = """
    SELECT account, max(effective_us) FROM movement m
    CROSS JOIN LATERAL (VALUES (m.debit_account), (m.credit_account)) s (account)
    WHERE institution = %(institution)s AND sequence = ANY(%(sequences)s) AND account = ANY(%(accounts)s)
    GROUP BY account
"""


def moved_before_marks(reading: Reading, marks: Mapping[int, int]) -> dict[int, int]:
    """Account -> effective time of its last movement before its mark. ``marks``: account -> sequence of the mark.

    Only movements that stand in runs are looked at, and only as far back as the mark before could lie. An account
    that an event has marked may have none there; it is left out.
    """
    asked = [
        (account, run)
        for account, sequence in marks.items()
        for run in range(max(0, _run(sequence) - _RUNS_BACK), _run(sequence) + 1)
    ]
    parameters: dict[str, object] = {
        "parties": [account for account, _ in asked],
        "runs": [run for _, run in asked],
        "facet": int(Facet.PARTY),
    }
    found: defaultdict[int, list[int]] = defaultdict(list)
    for account, run, members in reading.rows(_MEMBERS, parameters):
        found[account] += _sequences(run, facets.member_offsets(members).tolist())
    for account, run, pairs in reading.rows(_PAIRS, parameters):
        found[account] += _sequences(run, facets.read_pairs(Facet.PARTY, pairs, account, account).tolist())
    latest = [
        sequence
        for account, sequences in found.items()
        for sequence in sorted(each for each in sequences if each < marks[account])[-_CANDIDATES_MAX:]
    ]
    return dict(reading.rows(_MOVED, {"sequences": latest, "accounts": list(marks)})) if latest else {}


def _run(sequence: int) -> int:
    return sequence // facets.RUN_SEQUENCES


def _sequences(run: int, offsets: list[int]) -> list[int]:
    return [run * facets.RUN_SEQUENCES + offset for offset in offsets]
