"""What has arrived in the table of movements between two sequences: exact counts, the alarms, the newest of the rest.

Projected rows never change, so the same run of sequences gives the same answer whenever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.movements import Finding, Outcome, Status
from bulkhead.runtime.projections.movement_conditions import ALARM, Conditions, conditions_of
from bulkhead.runtime.projections.movement_query import MovementQuery, MovementRow, Reading
from bulkhead.runtime.projections.movement_table import SHOWN, movement_rows_shown
from bulkhead.runtime.projections.rule_bits import published_rules

_RUN = "institution = %(institution)s AND sequence >= %(start)s AND sequence < %(stop)s"
_REACH = """
    SELECT coalesce(p.next_sequence, 0), coalesce(b.first_sequence + b.leaf_count, 0), b.received_us
    FROM (SELECT 1) one
    LEFT JOIN projection_progress p ON p.institution = %(institution)s
    LEFT JOIN LATERAL (
        SELECT first_sequence, leaf_count, received_us FROM journal_batch
        WHERE institution = %(institution)s ORDER BY first_sequence DESC LIMIT 1
    ) b ON true
"""
_RECEIVED = """
    SELECT received_us FROM journal_batch
    WHERE institution = %(institution)s AND first_sequence <= %(sequence)s ORDER BY first_sequence DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an institution has come. The journal leads; what people see follows."""

    projected_to: int  # movements before this sequence can be seen
    journal_to: int
    received_us: int | None  # wall clock of the newest commit; None while there is none


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The movements from ``start`` up to and without ``stop``.

    ``total`` counts all of them, every other figure those that meet the query. ``alarm_rows`` and ``rows`` (those
    without alarm) are the newest of theirs, newest first. ``received_us``: when the oldest was taken to be committed.
    """

    start: int
    stop: int
    total: int
    matching: int
    outcomes: dict[Outcome, int]
    refused: int
    findings: int
    alarms: int
    alarm_rows: tuple[MovementRow, ...]
    rows: tuple[MovementRow, ...]
    received_us: int


def reach_of(reading: Reading) -> Reach:
    """How far the institution has come by now."""
    projected_to, journal_to, received_us = reading.rows(_REACH, {})[0]
    return Reach(int(projected_to), int(journal_to), received_us)


def arrivals(
    reading: Reading, query: MovementQuery, start: int, stop: int, *, alarms_max: int, rows_max: int
) -> Arrivals:
    """Count and pick the movements of a run of sequences, all of them projected."""
    assert start < stop
    rules = published_rules(reading)
    wanted = conditions_of(reading, query, rules)
    counted = _counted(reading, wanted, start, stop)
    picked = []
    for which, limit in ((ALARM, alarms_max), (f"NOT {ALARM}", 0 if query.only_alarms else rows_max)):
        found = reading.rows(
            f"SELECT {SHOWN} FROM movement WHERE {_RUN} AND {which}{_said(wanted)}"
            " ORDER BY sequence DESC LIMIT %(limit)s",
            {**wanted.parameters, "start": start, "stop": stop, "limit": limit},
        )
        picked.append(found)
    shown = movement_rows_shown(reading, rules, [*picked[0], *picked[1]])
    received = reading.rows(_RECEIVED, {"sequence": start})
    total, matching, allowed, held, declined, refused, findings, alarms = counted
    return Arrivals(
        start=start,
        stop=stop,
        total=total,
        matching=matching,
        outcomes={Outcome.ALLOW: allowed, Outcome.HOLD: held, Outcome.DECLINE: declined},
        refused=refused,
        findings=findings,
        alarms=alarms,
        alarm_rows=tuple(shown[: len(picked[0])]),
        rows=tuple(shown[len(picked[0]) :]),
        received_us=int(received[0][0]) if received else 0,
    )


def _counted(reading: Reading, wanted: Conditions, start: int, stop: int) -> tuple[int, ...]:
    """All, then of those that match: all, by outcome, refused, with findings, alarms."""
    parts = (
        "true",
        *(f"outcome = {outcome:d}" for outcome in (Outcome.ALLOW, Outcome.HOLD, Outcome.DECLINE)),
        f"status = {Status.REFUSED:d}",
        f"findings <> {Finding.NONE:d}",
        ALARM,
    )
    counts = ", ".join(f"count(*) FILTER (WHERE {part}{_said(wanted)})" for part in parts)
    found = reading.rows(
        f"SELECT count(*), {counts} FROM movement WHERE {_RUN}",
        {**wanted.parameters, "start": start, "stop": stop},
    )
    return tuple(int(number) for number in found[0])


def _said(wanted: Conditions) -> str:
    return f" AND NOT {wanted.impossible}{wanted.sql}"
