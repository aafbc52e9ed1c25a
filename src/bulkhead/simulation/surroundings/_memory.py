"""What a surrounding remembers of a world from one day to the next, for as long as somebody holds the world."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from bulkhead.simulation.platform.platform import Platform

T = TypeVar("T")


class Memory(Generic[T]):
    """One thing remembered of each world; ``make`` gives what it begins with."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: WeakKeyDictionary[Platform, T] = WeakKeyDictionary()

    def of(self, platform: Platform) -> T:
        """What is remembered of this world, the same thing every time."""
        if platform not in self._kept:
            self._kept[platform] = self._make()
        return self._kept[platform]
