"""Letters between callers and engines: some are lost, some come twice, some late and so out of order."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.faults.weather import Trouble, Weather

ON_THE_WAY_US_MAX = 200_000
LATE_US_MAX = 20_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    due_us: int
    number: int


class Post(Generic[T]):
    """Letters under way, by when they arrive."""

    def __init__(self, weather: Weather, draw: Draw) -> None:
        self._weather = weather
        self._draw = draw
        self._places: list[_Place] = []
        self._letters: dict[int, T] = {}
        self._sent = 0

    def send(self, letter: T, now_us: int) -> None:
        """Put a letter on its way."""
        if self._weather.strikes(Trouble.LOST):
            return
        for _ in range(2 if self._weather.strikes(Trouble.DOUBLED) else 1):
            late = self._weather.strikes(Trouble.DELAYED)
            due_us = now_us + self._draw.below(LATE_US_MAX if late else ON_THE_WAY_US_MAX)
            heappush(self._places, _Place(due_us, self._sent))
            self._letters[self._sent] = letter
            self._sent += 1

    def arrived(self, now_us: int) -> list[T]:
        """The letters that have come by now, in the order they came."""
        letters = []
        while self._places and self._places[0].due_us <= now_us:
            letters.append(self._letters.pop(heappop(self._places).number))
        return letters
