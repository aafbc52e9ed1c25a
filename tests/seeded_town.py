"""A seeded town of clients for the tests of the engine and of everything above it: movements, good and bad.

Most of them go through; some lack the money, the instruction, the account or the hold, so that every branch of
the book is walked. The names are real ones, so a batch can also be written to a file and read back.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bulkhead.kernel.movements import (
    ABSENT,
    MOVEMENT,
    NO_AMOUNT,
    AccountClass,
    MovementBatch,
    MovementKind,
    Phase,
    Strings,
)

START_US = 1_767_600_000_000_000  # 2026-01-05
CNY = 156
_COLUMNS = (
    "id", "time", "kind", "amount", "currency", "payer", "payee", "device", "instructed_by", "settled", "phase",
    "hold", "expires", "stated_balance",
)  # fmt: skip


@dataclass(slots=True)
class _Town:
    random: np.random.Generator
    clients: int
    names: dict[str, int] = field(default_factory=dict)
    holds: dict[str, int] = field(default_factory=dict)
    placed: list[tuple[str, str, str, int]] = field(default_factory=list)  # hold, payer, payee, amount
    now_us: int = START_US

    def code(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names)) if name else ABSENT

    def client(self) -> str:
        return f"client:{int(self.random.integers(self.clients))}"

    def chance(self, one_in: int) -> bool:
        return int(self.random.integers(one_in)) == 0


def seeded_batch(seed: int, rows: int, *, clients: int = 40, pace_s: int = 20) -> MovementBatch:
    """``rows`` movements in time order, at most ``pace_s`` seconds apart; a seed gives the same ones."""
    town = _Town(np.random.Generator(np.random.PCG64(seed)), clients)
    table = np.zeros(rows, MOVEMENT)
    table["stated_balance_minor"] = table["expires_us"] = NO_AMOUNT
    for column in ("payer", "payee", "device", "instructed_by", "hold"):
        table[column] = ABSENT
    table["currency"] = CNY
    for index in range(rows):
        town.now_us += int(town.random.integers(pace_s * 1_000_000 + 1))
        table["event_us"][index] = town.now_us
        _fill(table[index], town, index)
    ids = Strings.of([f"m-{seed}-{index}" for index in range(rows)])
    return MovementBatch(table, ids, tuple(town.names), tuple(town.holds))


def batches_of(batch: MovementBatch, rows_max: int) -> Iterator[MovementBatch]:
    """The same movements, cut into batches of at most ``rows_max``."""
    for start in range(0, len(batch), rows_max):
        yield batch.slice(start, start + rows_max)


def write_town(path: Path, batch: MovementBatch) -> Path:
    """The batch as a CSV file of the built-in source ``movements``."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(_row_text(batch, index) for index in range(len(batch)))
    return path


def _row_text(batch: MovementBatch, index: int) -> dict[str, object]:
    row, names, holds = batch.rows[index], (*batch.names, ""), (*batch.holds, "")
    text: dict[str, object] = {role: names[row[role]] for role in ("payer", "payee", "device", "instructed_by")}
    text["device"] = names[row["device"]].removeprefix("device:")
    text |= {
        "id": batch.ids[index],
        "time": _time(row["event_us"]),
        "kind": MovementKind(row["kind"]).name.lower(),
    }
    text |= {"amount": _money(row["amount_minor"]), "currency": "CNY", "settled": bool(row["settled"])}
    text |= {
        "phase": Phase(row["phase"]).name.lower(),
        "hold": holds[row["hold"]],
        "expires": _time(row["expires_us"]),
    }
    return text | {"stated_balance": _money(row["stated_balance_minor"])}


def _money(minor: int) -> str:
    return "" if minor == NO_AMOUNT else f"{minor // 100}.{minor % 100:02}"


def _time(at_us: int) -> str:
    if at_us == NO_AMOUNT:
        return ""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at_us))).isoformat()


def _fill(row: np.void, town: _Town, index: int) -> None:
    draw = int(town.random.integers(100))
    row["amount_minor"] = int(town.random.integers(1, 200_000))
    if index < town.clients or draw < 18:
        _deposit(row, town, index)
    elif draw < 40:
        _payment(row, town)
    elif draw < 58:
        _between_clients(row, town, MovementKind.TRANSFER)
    elif draw < 72:
        _place(row, town, index)
    elif draw < 86 and town.placed:
        _use_hold(row, town)
    elif draw < 94:
        _fee(row, town)
    else:
        _own(row, town)


def _deposit(row: np.void, town: _Town, index: int) -> None:
    client = f"client:{index}" if index < town.clients else town.client()
    row["kind"], row["settled"] = MovementKind.DEPOSIT, 1
    row["payee"] = row["credit_account"] = town.code(client)
    row["debit_account"] = town.code("book:summary")
    row["debit_class"], row["credit_class"] = AccountClass.SUMMARY, AccountClass.CLIENT
    row["amount_minor"] *= 4
    if town.chance(10):
        row["stated_balance_minor"] = int(town.random.integers(1_000_000))


def _payment(row: np.void, town: _Town) -> None:
    client = town.client()
    row["kind"] = MovementKind.PAYMENT if town.chance(2) else MovementKind.WITHDRAWAL
    row["settled"] = town.chance(3)
    row["payee"] = town.code(f"bank:B/{int(town.random.integers(60))}")
    row["credit_account"] = town.code("book:summary")
    row["credit_class"] = AccountClass.SUMMARY
    _paid_by(row, town, client)


def _between_clients(row: np.void, town: _Town, kind: MovementKind) -> None:
    row["kind"] = kind
    row["payee"] = row["credit_account"] = town.code("client:nobody" if town.chance(30) else town.client())
    row["credit_class"] = AccountClass.CLIENT
    _paid_by(row, town, town.client())


def _place(row: np.void, town: _Town, index: int) -> None:
    _between_clients(row, town, MovementKind.BID)
    again = bool(town.placed) and town.chance(12)  # a reference that is taken
    hold = town.placed[-1][0] if again else f"loan-{index}"
    row["phase"], row["hold"] = Phase.PLACE, town.holds.setdefault(hold, len(town.holds))
    if town.chance(30):
        row["expires_us"] = town.now_us + int(town.random.integers(1, 3)) * 3_600_000_000
    names = list(town.names)
    town.placed.append((hold, names[row["payer"]], names[row["payee"]], int(row["amount_minor"])))


def _use_hold(row: np.void, town: _Town) -> None:
    which = int(town.random.integers(len(town.placed)))
    hold, payer, payee, amount_minor = town.placed.pop(which) if town.chance(2) else town.placed[which]
    row["kind"] = MovementKind.DISBURSEMENT
    row["phase"] = Phase.VOID if town.chance(3) else Phase.POST
    row["hold"] = town.holds.setdefault("never-placed" if town.chance(20) else hold, len(town.holds))
    row["amount_minor"] = max(1, amount_minor // int(town.random.integers(1, 3)) + (1 if town.chance(9) else 0))
    row["payee"] = row["credit_account"] = town.code(town.client() if town.chance(12) else payee)
    row["credit_class"] = AccountClass.CLIENT
    _paid_by(row, town, payer)


def _fee(row: np.void, town: _Town) -> None:
    row["kind"] = MovementKind.FEE
    row["amount_minor"] = int(town.random.integers(1, 500))
    row["payee"] = row["credit_account"] = town.code("book:fee")
    row["credit_class"] = AccountClass.FEE
    _paid_by(row, town, town.client())


def _own(row: np.void, town: _Town) -> None:
    """The platform's own money; now and then the hand reaches into a client's."""
    row["kind"] = MovementKind.SWEEP
    row["payer"] = row["debit_account"] = town.code(town.client() if town.chance(4) else "book:fee")
    row["debit_class"] = AccountClass.CLIENT if town.chance(4) else AccountClass.FEE
    row["payee"] = row["credit_account"] = town.code("book:own")
    row["credit_class"] = AccountClass.OWN
    row["instructed_by"] = town.code("staff:7")


def _paid_by(row: np.void, town: _Town, client: str) -> None:
    row["payer"] = row["debit_account"] = town.code(client)
    row["debit_class"] = AccountClass.CLIENT
    row["device"] = town.code(f"device:{client.removeprefix('client:')}-{int(town.random.integers(2))}")
    row["instructed_by"] = town.code("client:thief" if town.chance(25) else client)
