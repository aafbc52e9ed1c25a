"""The days of a world as the facts that indicators read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import MovementKind
from bulkhead.risk.facts import Column, Facts, Labels, Table
from bulkhead.risk.indicator import indicators
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.streams import Block, Coded, Kind, Numbered, Stream, Values

_MOVED = ("payer", "payee", "device", "debit_account", "credit_account")
_KINDS = tuple(kind.name.lower() for kind in sorted(MovementKind))
_KIND_CODES = np.full(max(MovementKind) + 1, -1, np.int32)
_KIND_CODES[sorted(MovementKind)] = np.arange(len(_KINDS))


@dataclass(slots=True)
class _Gathered:
    """Blocks of one stream, with the day each was written on."""

    stream: Stream
    days: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class Gathering:
    """Takes a world's days one by one and gives its facts in the end.

    A stream that a system of this world writes arrives every day, whether it has rows or not: in a simulated
    world no file is lost.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._moved: list[NDArray[np.void]] = []
        self._moved_days: list[NDArray[np.int64]] = []
        self._found: dict[str, _Gathered] = {}
        self._needed = {stream for indicator in indicators().values() for stream in indicator.needs}
        for surrounding in platform.surroundings.values():
            for stream in surrounding.streams:
                if stream.code in self._needed:
                    self._found[stream.code] = _Gathered(stream)

    def take(self, day: Day) -> None:
        """One finished day."""
        self._moved.append(day.rows)
        self._moved_days.append(np.full(len(day.rows), day.number, np.int64))
        for blocks in day.blocks.values():
            for block in blocks:
                if block.stream.code in self._needed:
                    gathered = self._found.setdefault(block.stream.code, _Gathered(block.stream))
                    gathered.days.append(day.number)
                    gathered.blocks.append(block)

    def facts(self) -> Facts:
        """All that has been taken."""
        calendar = self._platform.calendar
        names = ("", *self._platform.directory.names)
        arrived = np.ones(calendar.days, np.bool_)
        tables = {code: _table(gathered, names, arrived) for code, gathered in self._found.items()}
        tables["movements"] = self._movements(names, arrived)
        tables["accounts"] = self._accounts(names, arrived)
        return Facts(calendar.days, calendar.start_us, tables)

    def _movements(self, names: tuple[str, ...], arrived: NDArray[np.bool_]) -> Table:
        rows = np.concatenate(self._moved)
        columns: dict[str, Column] = {
            "time": rows["event_us"].copy(),
            "amount_minor": rows["amount_minor"].copy(),
            "kind": Labels(_KIND_CODES[rows["kind"]], _KINDS),
        }
        columns.update((name, Labels(rows[name] + np.int32(1), names)) for name in _MOVED)
        return Table(np.concatenate(self._moved_days), columns, arrived)

    def _accounts(self, names: tuple[str, ...], arrived: NDArray[np.bool_]) -> Table:
        people = self._platform.people
        order = np.argsort(people.joined_day, kind="stable")
        day = people.joined_day[order].astype(np.int64)
        opened = Labels(np.zeros(len(order), np.int32), ("opened",))
        return Table(day, {"client": Labels(people.number[order] + np.int32(1), names), "change": opened}, arrived)


def _table(gathered: _Gathered, names: tuple[str, ...], arrived: NDArray[np.bool_]) -> Table:
    blocks = gathered.blocks
    day = np.repeat(np.array(gathered.days, np.int64), [len(block) for block in blocks])
    columns: dict[str, Column] = {}
    for name, kind in gathered.stream.columns.items():
        parts = [block.values[name] for block in blocks]
        if kind is Kind.TEXT and not any(isinstance(part, Numbered) for part in parts):
            columns[name] = _labels(parts)
            continue
        numbers = np.concatenate([np.zeros(0, np.int64), *(_numbers(part) for part in parts)])
        if kind is Kind.NAME:
            columns[name] = Labels((numbers + 1).astype(np.int32), names)
        else:
            columns[name] = numbers.astype(np.int64)
    return Table(day, columns, arrived)


def _numbers(part: Values) -> NDArray[np.int64]:
    """A column of numbers; ids that count up are as good as their numbers."""
    return np.asarray(part.numbers if isinstance(part, Numbered) else part).astype(np.int64)


def _labels(parts: Sequence[Values]) -> Labels:
    """Text columns of several blocks as one, each text once."""
    known: dict[str, int] = {}
    codes = [np.zeros(0, np.int32)]
    for part in parts:
        if isinstance(part, Coded):
            places = np.array([known.setdefault(text, len(known)) for text in part.texts], np.int32)
            codes.append(places[part.codes])
        elif isinstance(part, list):
            codes.append(np.array([known.setdefault(str(text), len(known)) for text in part], np.int32))
    return Labels(np.concatenate(codes), tuple(known))
