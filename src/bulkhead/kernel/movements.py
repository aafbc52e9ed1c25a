"""A movement of money, as a row among thousands: the columns every room reads and writes.

A batch holds its strings once (``names``, ``holds``, ``ids``) and its rows as numbers, so that the hot path
never touches a Python object per movement.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

ABSENT = -1  # a code or number column with no value
NO_AMOUNT = np.iinfo(np.int64).min  # an amount or time column with no value
NAME_BYTES_MAX = 128  # longest name, id or reference in UTF-8 bytes
BATCH_ROWS_MAX = 4096


class MovementKind(IntEnum):
    """What the money does. The classes of account each kind may touch stand in ``custody.segregation``."""

    DEPOSIT = 1  # from outside to a client's sub-account
    WITHDRAWAL = 2  # from a client's sub-account to the same client outside
    TRANSFER = 3  # between two clients
    PAYMENT = 4  # from a client to a merchant or other payee outside
    FEE = 5  # from a client to the platform's fee account
    INTEREST = 6  # credited to a client by the custodian
    BID = 7  # a lender's money set aside for a loan (placed as a hold)
    DISBURSEMENT = 8  # from lenders to the borrower
    REPAYMENT = 9  # from the borrower to lenders
    REFUND = 10  # back to a client from outside
    SWEEP = 11  # from the fee account to the platform's own account
    OWN = 12  # between the platform's own account and outside


class Phase(IntEnum):
    """How a movement uses a hold."""

    SINGLE = 0  # no hold
    PLACE = 1  # set money aside
    POST = 2  # pay out of money set aside
    VOID = 3  # give money set aside back


class AccountClass(IntEnum):
    """Whose money an account holds. ``NONE`` marks a name that is no account of this book."""

    NONE = 0
    CLIENT = 1
    OWN = 2
    SUMMARY = 3  # the money at the custodian bank; its balance is the negative of all others
    FEE = 4
    SUSPENSE = 5


class Outcome(IntEnum):
    """The decision, mildest first, so that the strictest of several is their maximum."""

    ALLOW = 0
    HOLD = 1
    DECLINE = 2


class Status(IntEnum):
    """What the book did with the movement."""

    BOOKED = 0
    HELD = 1  # money set aside, by request (a placed hold) or by decision (waiting for review)
    REFUSED = 2
    VOIDED = 3  # a hold was given back


class Refusal(IntEnum):
    """Why a requested movement was not booked."""

    NONE = 0
    DECLINED = 1  # by the decision
    INSUFFICIENT_FUNDS = 2
    UNAUTHORISED_DEBIT = 3
    SEGREGATION = 4
    UNKNOWN_ACCOUNT = 5
    CURRENCY = 6
    HOLD_NOT_OPEN = 7
    HOLD_EXCEEDED = 8
    HOLD_EXISTS = 9


class Finding(IntFlag):
    """What is wrong with a settled movement that had to be booked because it has happened."""

    NONE = 0
    OVERDRAFT = 1
    UNAUTHORISED_DEBIT = 2
    SEGREGATION = 4
    BALANCE_DIFFERS = 8
    CURRENCY = 16


MOVEMENT = np.dtype(
    [
        ("event_us", np.int64),  # when it happened, by its source
        ("amount_minor", np.int64),  # > 0
        ("stated_balance_minor", np.int64),  # account balance after it by the source, or NO_AMOUNT
        ("expires_us", np.int64),  # when a placed hold lapses, or NO_AMOUNT
        ("payer", np.int32),  # codes into ``names`` (after admission: the engine's numbers), or ABSENT
        ("payee", np.int32),
        ("device", np.int32),
        ("instructed_by", np.int32),
        ("debit_account", np.int32),
        ("credit_account", np.int32),
        ("hold", np.int32),  # code into ``holds`` (after admission: the hold's slot), or ABSENT
        ("currency", np.uint16),  # ISO 4217 numeric
        ("kind", np.uint8),
        ("phase", np.uint8),
        ("settled", np.uint8),  # 1: has happened elsewhere; 0: requested, the decision binds
        ("debit_class", np.uint8),
        ("credit_class", np.uint8),
    ],
    align=True,
)
NAME_COLUMNS = ("payer", "payee", "device", "instructed_by", "debit_account", "credit_account")

OUTCOME = np.dtype(
    [
        ("effective_us", np.int64),  # max(event time, last effective time): the order that counts
        ("debit_posted_minor", np.int64),  # balances after the movement
        ("debit_held_minor", np.int64),
        ("credit_posted_minor", np.int64),
        ("findings", np.uint16),
        ("outcome", np.uint8),
        ("status", np.uint8),
        ("refusal", np.uint8),
    ],
    align=True,
)


@dataclass(frozen=True, slots=True)
class Strings:
    """A column of UTF-8 strings: string ``i`` is ``data[offsets[i]:offsets[i + 1]]``."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, values: list[str]) -> Strings:
        encoded = [value.encode() for value in values]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(e) for e in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:
        return self.data[self.offsets[index] : self.offsets[index + 1]].tobytes().decode()

    def take(self, indices: NDArray[np.int64]) -> Strings:
        """The strings at ``indices``, in that order."""
        lengths = (self.offsets[1:] - self.offsets[:-1])[indices]
        offsets = np.zeros(len(indices) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        positions = np.repeat(self.offsets[indices] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Strings(self.data[positions], offsets)


@dataclass(frozen=True, slots=True)
class MovementBatch:
    """Movements in the order they are to be decided.

    ``rows`` is an array of ``MOVEMENT``; ``ids`` are the movements' own ids; ``names`` are the parties,
    devices and accounts (already vault tokens where personal), ``holds`` the references of holds; the code
    columns of ``rows`` index into them.
    """

    rows: NDArray[np.void]
    ids: Strings
    names: tuple[str, ...]
    holds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.rows.dtype == MOVEMENT, self.rows.dtype
        assert len(self.rows) == len(self.ids)

    def __len__(self) -> int:
        return len(self.rows)

    def slice(self, start: int, stop: int) -> MovementBatch:
        """Rows ``start`` to ``stop``; the name and hold lists are shared."""
        offsets = self.ids.offsets[start : stop + 1]
        ids = Strings(self.ids.data[offsets[0] : offsets[-1]], offsets - offsets[0])
        return MovementBatch(self.rows[start:stop], ids, self.names, self.holds)

    def take(self, indices: NDArray[np.int64]) -> MovementBatch:
        """The rows at ``indices``, in that order; the name and hold lists are shared."""
        return MovementBatch(self.rows[indices], self.ids.take(indices), self.names, self.holds)
