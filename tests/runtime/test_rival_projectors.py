"""Two writers of one institution's projections: the one that was superseded changes nothing any more."""

from __future__ import annotations

import numpy as np
import pytest

from bulkhead.custody.accounts import ACCOUNT
from bulkhead.kernel.events import AccountOpened, Event, InstitutionOpened
from bulkhead.kernel.movements import AccountClass
from bulkhead.kernel.protocols import LeaseLost
from bulkhead.runtime.database.connect import Database
from bulkhead.runtime.projections.projector import Projection, Projector
from bulkhead.runtime.store.institutions import institution_number
from bulkhead.runtime.store.migrate import migrate

OPENING = InstitutionOpened("main", "CNY", 480)
NO_BALANCES = np.zeros(0, np.int64), np.zeros(0, ACCOUNT)


def projector_of(database: Database) -> Projector:
    migrate(database.connect)
    return Projector(database.connect(), institution_number(database.connect, "main"))


def projection(next_sequence: int, *events: tuple[int, Event], names: tuple[str, ...] = ()) -> Projection:
    return Projection(next_sequence, (), events, next_sequence - len(names), names, NO_BALANCES, complete=False)


def test_who_wakes_up_superseded_does_not_set_the_projections_back(database: Database) -> None:
    stalled = projector_of(database)
    stalled.write([projection(1, (0, OPENING), names=("book:own",))])
    current = projector_of(database)
    account = AccountOpened("client:ann", int(AccountClass.CLIENT), "CNY")
    current.write([projection(2, (1, account), names=("client:ann",))])
    repeats_only = projection(1)  # a batch in which nothing was new has no row that could clash
    with pytest.raises(LeaseLost):
        stalled.write([repeats_only])
    assert current.progress() == (2, 2)
    current.write([projection(2)])
    for each in (stalled, current):
        each.close()


def test_whoever_begins_anew_goes_on_where_the_projections_end(database: Database) -> None:
    first = projector_of(database)
    first.write([projection(1, (0, OPENING), names=("book:own",))])
    first.write([projection(1), projection(1)])
    second = projector_of(database)
    second.write([projection(1)])
    assert second.progress() == (1, 1)
    for each in (first, second):
        each.close()
