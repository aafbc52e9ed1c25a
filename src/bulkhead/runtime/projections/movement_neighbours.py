"""Where a movement stands among the others: the one before, the one after, and when its commit was received."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.runtime.projections.movement_query import Reading

_NEIGHBOURS = """
    SELECT
        (SELECT sequence FROM movement WHERE institution = %(institution)s AND sequence < %(sequence)s
         ORDER BY sequence DESC LIMIT 1),
        (SELECT sequence FROM movement WHERE institution = %(institution)s AND sequence > %(sequence)s
         ORDER BY sequence LIMIT 1),
        (SELECT received_us FROM journal_batch
         WHERE institution = %(institution)s AND first_sequence <= %(sequence)s
         ORDER BY first_sequence DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Journal leaves of the movements next to one; None at an end. ``received_us`` is the writer's wall clock."""

    before: int | None
    after: int | None
    received_us: int | None


def neighbours_of(reading: Reading, sequence: int) -> Neighbours:
    """The neighbours of a leaf, whether or not it is a movement itself."""
    return Neighbours(*reading.rows(_NEIGHBOURS, {"sequence": sequence})[0])
