"""The end of a day: movements in order, each with its number, and whose doing each was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import MOVEMENT
from bulkhead.simulation.platform.day import RAW, Day
from bulkhead.simulation.platform.money import Money
from bulkhead.simulation.platform.plot import Part, Plot

MOVEMENT_PREFIX = b"KT"


def order_rows(day: Day) -> NDArray[np.int64]:
    """Put the day's movements in order of time, those of one moment as they were made.

    Gives int64[len(day.single)]: where each movement of an incident stands now.
    """
    rows = day.everything()
    inside = (rows["event_us"] >= day.midnight_us) & (rows["event_us"] < day.at(24))
    assert inside.all(), f"day {day.number} has a movement of another day"
    order = np.argsort(rows["event_us"], kind="stable")
    day.rows = rows.view(RAW)[order].view(MOVEMENT)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[len(rows) - len(day.single) :]


def note_planned(day: Day, places: NDArray[np.int64]) -> None:
    """Tell plots the numbers of their movements. Harm for which the money was not there is none."""
    for (row, plot, part), place in zip(day.planned, places.tolist(), strict=True):
        if part is Part.HARM and day.refused[place]:
            part = Part.DEED
        plot.movements[part].append(day.first_number + place)
        if part is not Part.PREPARATION:  # an incident begins with its first deed
            plot.touch(day.single[row][0])
        if part is Part.HARM:
            plot.harm_minor += day.single[row][1]


def note_preparation(day: Day, plots: list[Plot], money: Money) -> None:
    """What the doers did besides is neither honest nor harm."""
    doers = {client: plot for plot in reversed(plots) for client in plot.doers}
    if not doers:
        return
    marks = np.fromiter(doers, np.int64, len(doers))
    debit, credit = (money.clients_of(day.rows[side]) for side in ("debit_account", "credit_account"))
    noted = {number for plot in plots for number in _noted_on(plot, day.first_number)}
    for row in np.flatnonzero(np.isin(debit, marks) | np.isin(credit, marks)).tolist():
        plot = doers.get(int(debit[row])) or doers[int(credit[row])]
        if day.first_number + row not in noted:
            plot.movements[Part.PREPARATION].append(day.first_number + row)


def movement_id(number: int) -> str:
    """The id of the movement of this number."""
    return f"{MOVEMENT_PREFIX.decode()}{number:09d}"


def movement_ids(first: int, count: int) -> NDArray[np.uint8]:
    """uint8[count, 11]: the ids of consecutive movements."""
    return numbered_texts(MOVEMENT_PREFIX, np.arange(first, first + count))


def numbered_texts(prefix: bytes, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """uint8[n, len(prefix) + 9]: the prefix and nine digits of each number."""
    assert not len(numbers) or int(numbers.max()) < 10**9, "nine digits number a billion"
    texts = np.empty((len(numbers), len(prefix) + 9), np.uint8)
    texts[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
    rest = numbers.copy()
    for column in range(len(prefix) + 8, len(prefix) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        texts[:, column] = digit + ord("0")
    return texts


def _noted_on(plot: Plot, first_number: int) -> list[int]:
    """Its numbers from this one on; they were appended day by day."""
    found: list[int] = []
    for numbers in plot.movements.values():
        for number in reversed(numbers):
            if number < first_number:
                break
            found.append(number)
    return found
