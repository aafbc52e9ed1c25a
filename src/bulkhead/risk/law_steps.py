"""Which change of law has got how far, read from the stream ``obligations_done``."""

from __future__ import annotations

import numpy as np

from bulkhead.risk.facts import Facts


def steps_done(facts: Facts, *steps: str) -> dict[str, int]:
    """Law -> the first day on which one of these steps was recorded."""
    table = facts.table("obligations_done")
    law = table.labels("law")
    first: dict[str, int] = {}
    for row in np.flatnonzero(table.labels("step").among(*steps)):
        first.setdefault(law.row(int(row)), int(table.day[row]))
    return first
