"""One day while it is being made: movements and records of everyday life, of incidents, of other systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import ABSENT, MOVEMENT, NO_AMOUNT, MovementKind, Phase
from bulkhead.simulation.platform.conditions import Conditions
from bulkhead.simulation.platform.plot import Part, Plot
from bulkhead.simulation.platform.streams import Block, Stream, block_of

HOUR_US = 3_600_000_000
RAW = np.dtype((np.void, MOVEMENT.itemsize))


@dataclass(slots=True)
class Day:
    """Rows of one day in any order; the world sorts and numbers them when the day is done.

    ``spoken_for[client]`` is money that an incident moves today; everyday life leaves it alone.
    """

    number: int
    midnight_us: int
    conditions: Conditions
    movements: list[NDArray[np.void]] = field(default_factory=list)  # MOVEMENT, names as directory numbers
    planned: list[tuple[int, Plot, Part]] = field(default_factory=list)  # (row in ``single``, plot, part)
    single: list[tuple[int, ...]] = field(default_factory=list)
    blocks: dict[str, list[Block]] = field(default_factory=dict)
    unbanked: list[int] = field(default_factory=list)  # rows in ``single`` of which the custodian knows nothing
    ledger_credits: dict[int, int] = field(
        default_factory=dict
    )  # row in ``single`` -> who was to have it, or none
    spoken_for: dict[int, int] = field(default_factory=dict)  # client number -> minor units
    afterwards: list[Callable[[Day], None]] = field(default_factory=list)  # called once all else is written
    left_minor: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # honest life may spend
    rows: NDArray[np.void] = field(default_factory=lambda: blank_movements(0))  # all, in order, once it is done
    refused: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))  # of ``rows``: money lacking
    places: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))  # in ``rows``, of ``single``
    first_number: int = 1  # of the first of ``rows``

    def at(self, hour: int, minute: int = 0) -> int:
        """A local time of this day, UTC microseconds."""
        return self.midnight_us + hour * HOUR_US + minute * 60_000_000

    def write(self, block: Block) -> None:
        """Add rows of a stream."""
        self.blocks.setdefault(block.stream.code, []).append(block)

    def note(self, stream: Stream, plot: Plot, rows: list[tuple[int | str | bool, ...]]) -> None:
        """Add a few rows of a stream that belong to an incident; the truth counts them."""
        if rows:
            self.write(block_of(stream, rows))
            plot.note_records(stream.code, len(rows), min(int(row[0]) for row in rows))

    def move(
        self, plot: Plot, part: Part, at_us: int, kind: MovementKind, amount_minor: int, debit: int, credit: int,
        *, payer: int = ABSENT, payee: int = ABSENT, device: int = ABSENT, instructed_by: int = ABSENT,
        settled: bool = False, banked: bool = True, ledger_credit: int | None = None,
    ) -> None:  # fmt: skip
        """Add one movement of an incident. Parties are the two accounts, and the payer instructs, unless told.

        ``banked=False``: it stands in the books only, the custodian's statement has no line for it. ``ledger_credit``:
        the institution's own ledger has somebody else as its payee; ABSENT: it has no entry for it at all.

        The world does not check its money: ``spoken_for`` must hold what the debit needs if it ought to succeed.
        """
        assert amount_minor > 0, (plot.code, kind, amount_minor)
        payer, payee = (debit if payer == ABSENT else payer), (credit if payee == ABSENT else payee)
        if instructed_by == ABSENT and not settled:
            instructed_by = payer
        self.planned.append((len(self.single), plot, part))
        if not banked:
            self.unbanked.append(len(self.single))
        if ledger_credit is not None:
            self.ledger_credits[len(self.single)] = ledger_credit
        self.single.append(
            (at_us, amount_minor, int(kind), int(settled), debit, credit, payer, payee, device, instructed_by)
        )

    def everything(self) -> NDArray[np.void]:
        """MOVEMENT[n]: all movements so far; everyday life's first, then the incidents' as they were added."""
        # As raw bytes, so that what lies between the columns stays zero and a day has the same bytes each time.
        return np.concatenate([rows.view(RAW) for rows in (*self.movements, self.single_rows())]).view(MOVEMENT)

    def single_rows(self) -> NDArray[np.void]:
        """MOVEMENT[n]: the incidents' movements in the order they were added."""
        rows = blank_movements(len(self.single))
        names = "event_us amount_minor kind settled debit_account credit_account payer payee device instructed_by"
        for column, values in zip(names.split(), zip(*self.single, strict=True), strict=bool(self.single)):
            rows[column] = values
        return rows


def blank_movements(count: int) -> NDArray[np.void]:
    """MOVEMENT[count] without names, hold, expiry or stated balance, in one phase."""
    rows = np.zeros(count, MOVEMENT)
    for column in ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account", "hold"):
        rows[column] = ABSENT
    rows["expires_us"] = rows["stated_balance_minor"] = NO_AMOUNT
    rows["phase"] = Phase.SINGLE
    return rows
