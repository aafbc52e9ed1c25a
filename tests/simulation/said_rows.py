"""Batches of movements in words."""

from __future__ import annotations

from bulkhead.kernel.movements import MOVEMENT, NAME_COLUMNS, MovementBatch


def said(batches: list[MovementBatch]) -> list[tuple[object, ...]]:
    """Every row with its names and holds in words, so that batches cut differently compare equal."""
    numbers = [name for name in MOVEMENT.names or () if name not in (*NAME_COLUMNS, "hold")]
    rows: list[tuple[object, ...]] = []
    for batch in batches:
        names, holds = (*batch.names, ""), (*batch.holds, "")
        for index, row in enumerate(batch.rows):
            parties = [names[row[column]] for column in NAME_COLUMNS]
            rows.append((batch.ids[index], holds[row["hold"]], *parties, *(int(row[n]) for n in numbers)))
    return rows
