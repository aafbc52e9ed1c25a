"""What a partner that takes part in an incident hands in: found among the day's deliveries once they are written."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.partners import Partner
from bulkhead.simulation.platform.streams import texts_of
from bulkhead.simulation.surroundings.partner_reports import PARTNER_DELIVERIES


def papers_of(day: Day, partner: Partner) -> Iterator[tuple[str, NDArray[np.int64], int]]:
    """Its items of this day: the item, the column of values it stands in, and its row there, to be bent in place."""
    for block in day.blocks.get(PARTNER_DELIVERIES.code, []):
        items, values = texts_of(block.values["item"]), block.values["value"]
        assert isinstance(values, np.ndarray)
        assert values.dtype == np.int64
        for row in np.flatnonzero(block.values["partner"] == partner.number).tolist():
            yield items[row], values.astype(np.int64, copy=False), row
