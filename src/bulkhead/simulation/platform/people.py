"""Who has an account: clients as columns. Client ``c`` is row ``c`` of every one of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bulkhead.simulation.chance import MILLION, Chance
from bulkhead.simulation.fitted import quantiles
from bulkhead.simulation.platform.directory import Directory

LENDERS_PER_MILLION = 560_000
NEWCOMERS_PER_MILLION = 180_000  # of clients join in the course of the world
DORMANT_PER_MILLION = 60_000  # of the lenders of the first day: they left their money and forgot it
NIGHT_OWLS_PER_MILLION = 80_000
PAID_PER_MILLION = 800_000  # have a pay day
PAY_DAYS = (10, 15, 25, 28)  # of the month; companies keep to one each
VISITS_PER_MILLE = (5, 10, 20, 35, 60, 120)
BANKS = ("ICBC", "CCB", "ABC", "BOC", "CMB", "PSBC", "SPDB")
PHONES = ("ios", "android", "android", "android", "web")
FIRST_CLIENT = 2_024_000_001


@dataclass(slots=True)
class Columns:
    """What is known of each client; arrays of one length."""

    number: NDArray[np.int32]  # directory number of ``client:…``
    device: NDArray[np.int32]  # directory number of the current phone
    card: NDArray[np.int32]  # directory number of the current bank card
    joined_day: NDArray[np.int32]  # the account is opened on this day
    lends: NDArray[np.bool_]
    borrows: NDArray[np.bool_]
    dormant: NDArray[np.bool_]
    active: NDArray[np.bool_]  # False: no further honest steps
    visits_per_mille: NDArray[np.int32]  # chance of a visit on a day
    salary_minor: NDArray[np.int64]
    pay_day: NDArray[np.int32]  # day of the month, 0 for none
    night_owl: NDArray[np.bool_]


class People(Columns):
    """All clients, those who have yet to join among them. Arrays are replaced when somebody is added."""

    def __init__(self, directory: Directory, chance: Chance, clients: int, days: int) -> None:
        self._directory = directory
        self._chance = chance
        who = np.arange(clients)
        lends = chance.happens(LENDERS_PER_MILLION, who, 1)
        late = chance.happens(NEWCOMERS_PER_MILLION, who, 2)
        joined = np.where(late, chance.between(min(1, days - 1), max(1, days - 2), who, 3), 0)
        paid = chance.happens(PAID_PER_MILLION, who, 5)
        super().__init__(
            number=directory.add(f"client:{FIRST_CLIENT + c}" for c in range(clients)),
            device=directory.add(_devices(chance, who, 0)),
            card=directory.add(_cards(chance, who, 0)),
            joined_day=joined.astype(np.int32),
            lends=lends,
            borrows=~lends,
            dormant=lends & ~late & chance.happens(DORMANT_PER_MILLION, who, 4),
            active=np.ones(clients, np.bool_),
            visits_per_mille=np.array(VISITS_PER_MILLE, np.int32)[chance.below(len(VISITS_PER_MILLE), who, 6)],
            salary_minor=_salaries_minor(chance, who),
            pay_day=np.where(paid, np.array(PAY_DAYS)[chance.below(len(PAY_DAYS), who, 7)], 0).astype(np.int32),
            night_owl=chance.happens(NIGHT_OWLS_PER_MILLION, who, 8),
        )
        self._changes = 0

    def __len__(self) -> int:
        return len(self.number)

    def add(self, day: int, *, lends: bool = False, borrows: bool = False, honest: bool = False) -> int:
        """A further client, whose account is opened early on ``day``, today or later; gives the client.

        Unless ``honest``, nothing of everyday life happens to it but the custodian's check of the card on the
        day it joins: whoever added it steers it.
        """
        client = len(self)
        row = {
            "number": self._directory.number(f"client:{FIRST_CLIENT + client}"),
            "device": self._next_device(client),
            "card": self._next_card(client),
            "joined_day": day,
            "lends": lends,
            "borrows": borrows,
            "active": honest,
            "visits_per_mille": VISITS_PER_MILLE[2],
            "salary_minor": int(_salaries_minor(self._chance, np.array([client]))[0]),
        }
        for column in (field.name for field in fields(Columns)):
            values = getattr(self, column)
            setattr(self, column, np.append(values, np.array([row.get(column, 0)], values.dtype)))
        return client

    def new_device(self, client: int) -> int:
        """The client uses a new phone from now on; gives its directory number."""
        self.device[client] = self._next_device(client)
        return int(self.device[client])

    def new_card(self, client: int) -> int:
        """The client's money goes to a new bank card from now on; gives its directory number."""
        self.card[client] = self._next_card(client)
        return int(self.card[client])

    def _next_device(self, client: int) -> int:
        self._changes += 1
        return int(self._directory.add(_devices(self._chance, np.array([client]), self._changes))[0])

    def _next_card(self, client: int) -> int:
        self._changes += 1
        return int(self._directory.add(_cards(self._chance, np.array([client]), self._changes))[0])


def _devices(chance: Chance, who: NDArray[np.int64], change: int) -> list[str]:
    kinds = chance.below(len(PHONES), who, change, 20).tolist()
    marks = (chance.words(who, change, 21) >> np.uint64(24)).tolist()
    return [f"device:{PHONES[kind]}-{mark:010x}" for kind, mark in zip(kinds, marks, strict=True)]


def _cards(chance: Chance, who: NDArray[np.int64], change: int) -> list[str]:
    """Bank accounts outside, by the bank's short name and an account number."""
    banks = chance.below(len(BANKS), who, change, 22).tolist()
    heads = chance.below(MILLION, who, change, 23).tolist()
    tails = chance.below(MILLION, who, change, 24).tolist()
    rows = zip(banks, heads, tails, strict=True)
    return [f"bank:{BANKS[bank]}-6217{head:06d}{tail:06d}" for bank, head, tail in rows]


def _salaries_minor(chance: Chance, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """A month's pay, in whole yuan."""
    return quantiles("salary-level").at(chance.words(who, 10)) // 100 * 100
