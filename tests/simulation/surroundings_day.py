"""Days for tests of surroundings: a surrounding is asked to write one day of a platform whose conditions are bent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.platform.conditions import Conditions
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.kinds import Surrounding
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.streams import Block, Coded, Stream


def bent(**conditions: int) -> Conditions:
    """Usual conditions but for these."""
    made = Conditions()
    for name, value in conditions.items():
        setattr(made, name, value)
    return made


def written(platform: Platform, number: int, *surroundings: Surrounding, **conditions: int) -> Day:
    """A day without movements, on which these surroundings have written."""
    day = Day(number, platform.calendar.midnight_us(number), bent(**conditions))
    for surrounding in surroundings:
        surrounding.write(platform, day)
    return day


def column(days: Sequence[Day], stream: Stream, name: str) -> NDArray[np.int64]:
    """All values of a column of numbers over several days, as they were written."""
    parts = [values_of(block, name) for day in days for block in day.blocks.get(stream.code, ())]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def texts(days: Sequence[Day], stream: Stream, name: str) -> list[str]:
    """All values of a text column over several days."""
    return [text for day in days for block in day.blocks.get(stream.code, ()) for text in texts_of(block, name)]


def values_of(block: Block, name: str) -> NDArray[np.int64]:
    values = block.values[name]
    assert isinstance(values, np.ndarray), name
    return values.astype(np.int64)


def texts_of(block: Block, name: str) -> list[str]:
    values = block.values[name]
    if isinstance(values, Coded):
        return [values.texts[code] for code in values.codes.tolist()]
    assert isinstance(values, list), name
    return values
