"""What a simulated world hands over: accounts, movements in time order, and the truth about its crimes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Generic, Protocol, TypeVar

import numpy as np

from bulkhead.kernel.events import AccountOpened, Event, InstitutionOpened, TimeAdvanced
from bulkhead.kernel.money import currency_number
from bulkhead.kernel.movements import (
    ABSENT,
    BATCH_ROWS_MAX,
    MOVEMENT,
    NAME_COLUMNS,
    NO_AMOUNT,
    AccountClass,
    MovementBatch,
    MovementKind,
    Phase,
    Strings,
)
from bulkhead.kernel.protocols import Vault
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.calendar import Calendar
from bulkhead.simulation.truth import Truth

# As the source "movements" has it, so that a world streamed and a world read from its file are the same.
PERSONAL_ENTITIES = frozenset({"client", "bank", "person", "staff", "device"})

BOOK_CLASSES = {
    "book:summary": AccountClass.SUMMARY,
    "book:fee": AccountClass.FEE,
    "book:own": AccountClass.OWN,
    "book:suspense": AccountClass.SUSPENSE,
}


@dataclass(frozen=True, slots=True)
class WorldMovement:
    """One movement with its real names, ``entity:value``; absent ones are ``""``."""

    movement_id: str
    event_us: int
    amount_minor: int
    kind: MovementKind
    settled: bool
    debit_account: str
    credit_account: str
    payer: str = ""
    payee: str = ""
    device: str = ""
    instructed_by: str = ""
    phase: Phase = Phase.SINGLE
    hold: str = ""  # the id of the movement that placed it; a placed hold names itself
    expires_us: int = NO_AMOUNT


@dataclass(frozen=True, slots=True)
class WorldAccount:
    """A client's sub-account and when it was opened."""

    opened_us: int
    name: str


@dataclass(frozen=True, slots=True)
class World:
    """A finished world. ``movements`` and ``accounts`` are in time order."""

    code: str
    title: Words
    seed: int
    calendar: Calendar
    institution: InstitutionOpened
    accounts: tuple[WorldAccount, ...]
    movements: tuple[WorldMovement, ...]
    truth: Truth

    def stream(self, vault: Vault, rows_max: int = BATCH_ROWS_MAX) -> Iterator[Event | MovementBatch]:
        """The world as the engine takes it: client accounts opened, midnights, and batches between them.

        Names of people, their bank accounts and devices go through ``vault``. The institution and its book's
        own accounts are for the caller to open first.
        """
        tokens = self._tokens(vault)
        midnights = (self.calendar.midnight_us(day) for day in range(1, self.calendar.days + 1))
        # At one moment the account comes before the movements that use it, and midnight before both.
        facts: Iterator[tuple[int, int, Event | WorldMovement]] = merge(
            ((at_us, 0, TimeAdvanced(at_us)) for at_us in midnights),
            ((a.opened_us, 1, self._account(tokens[a.name])) for a in self.accounts),
            ((m.event_us, 2, m) for m in self.movements),
            key=lambda fact: fact[:2],
        )
        for is_movement, run in groupby((f for _, _, f in facts), lambda f: isinstance(f, WorldMovement)):
            if not is_movement:
                yield from (event for event in run if not isinstance(event, WorldMovement))
                continue
            rows = [m for m in run if isinstance(m, WorldMovement)]
            for start in range(0, len(rows), rows_max):
                yield _batch(rows[start : start + rows_max], tokens, self.institution.currency)

    def _account(self, name: str) -> AccountOpened:
        return AccountOpened(name, AccountClass.CLIENT, self.institution.currency)

    def _tokens(self, vault: Vault) -> dict[str, str]:
        """Real name -> the name that may leave this room."""
        names = {a.name: "" for a in self.accounts}
        for movement in self.movements:
            names.update((name, "") for column in NAME_COLUMNS if (name := getattr(movement, column)))
        return tokens_of(vault, list(names))


class PlayableWorld(Protocol):
    """What every world has, whether it is kept whole or made while it is read."""

    @property
    def code(self) -> str: ...

    @property
    def title(self) -> Words: ...

    @property
    def seed(self) -> int: ...

    @property
    def calendar(self) -> Calendar: ...

    @property
    def institution(self) -> InstitutionOpened: ...

    @property
    def truth(self) -> Truth: ...

    def stream(self, vault: Vault, rows_max: int = ...) -> Iterator[Event | MovementBatch]: ...


W = TypeVar("W", bound=PlayableWorld, covariant=True)


class BuildWorld(Protocol[W]):
    """Makes a world of a seed and a size."""

    def __call__(self, seed: int, clients: int = ..., days: int = ..., start_us: int = ...) -> W: ...


@dataclass(frozen=True, slots=True)
class WorldKind(Generic[W]):
    """What a module in ``simulation/worlds`` offers as ``WORLD``."""

    code: str
    title: Words
    build: BuildWorld[W]


def tokens_of(vault: Vault, names: list[str]) -> dict[str, str]:
    """Each name with its vault token; names of entities that are not personal stand for themselves."""
    known = {name: name for name in names}
    for entity in sorted(PERSONAL_ENTITIES):
        personal = [name for name in names if name.startswith(f"{entity}:")]
        known.update(zip(personal, vault.tokens(entity, [n.partition(":")[2] for n in personal]), strict=True))
    return known


def account_class(name: str) -> AccountClass:
    """The class an account's name implies; parties that are no account of the book have ``NONE``."""
    return AccountClass.CLIENT if name.startswith("client:") else BOOK_CLASSES.get(name, AccountClass.NONE)


def _batch(movements: list[WorldMovement], tokens: dict[str, str], currency: str) -> MovementBatch:
    rows = np.zeros(len(movements), MOVEMENT)
    names: dict[str, int] = {}
    holds: dict[str, int] = {}
    for column in NAME_COLUMNS:
        values = (getattr(m, column) for m in movements)
        rows[column] = [names.setdefault(tokens[v], len(names)) if v else ABSENT for v in values]
    rows["hold"] = [holds.setdefault(m.hold, len(holds)) if m.hold else ABSENT for m in movements]
    for column in ("event_us", "amount_minor", "expires_us", "kind", "phase", "settled"):
        rows[column] = [getattr(m, column) for m in movements]
    rows["stated_balance_minor"] = NO_AMOUNT
    rows["currency"] = currency_number(currency)
    rows["debit_class"] = [account_class(m.debit_account) for m in movements]
    rows["credit_class"] = [account_class(m.credit_account) for m in movements]
    return MovementBatch(rows, Strings.of([m.movement_id for m in movements]), tuple(names), tuple(holds))
