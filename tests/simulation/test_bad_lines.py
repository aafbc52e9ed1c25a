"""The pure part of fault runs: bad lines lose, double and delay; callers and the ledger notice what cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bulkhead.kernel.events import HoldExpired
from bulkhead.kernel.leaves import LEAF_FIXED, MovementLeaf
from bulkhead.kernel.movements import AccountClass, Phase, Status
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.faults.customers import PATIENCE_US, Customer
from bulkhead.simulation.faults.ledger import Broken, Ledger
from bulkhead.simulation.faults.letters import Answer, MovementsAsked, MovementsTold
from bulkhead.simulation.faults.post import Post
from bulkhead.simulation.faults.weather import Trouble, Weather

BOOKED = Answer(7, "allow", "booked", "", ())


def stormy(*kinds: Trouble) -> Weather:
    """Weather in which some seed has all of these."""
    for seed in range(1_000):
        weather = Weather(seed)
        if all(any(weather.strikes(kind) for _ in range(60)) for kind in kinds):
            return Weather(seed)
    raise AssertionError("no such weather")


def calm() -> Weather:
    weather = Weather(0)
    weather.calm = True
    return weather


def leaf(amount_minor: int, balances: tuple[int, int, int], **fixed: int) -> MovementLeaf:
    """A withdrawal of ann's unless it says otherwise; ``balances``: her posted and held, the credit's posted."""
    said = dict.fromkeys(LEAF_FIXED.names or (), 0)
    said |= {"amount_minor": amount_minor, "debit_class": int(AccountClass.CLIENT)}
    said |= dict(zip(("debit_posted_minor", "debit_held_minor", "credit_posted_minor"), balances, strict=True))
    names = {"movement_id": "m-1", "debit_account": "client:ann", "credit_account": "book:summary", "hold": "h"}
    return MovementLeaf(said | fixed, (), (), (), names)


def test_a_line_loses_doubles_and_delays_and_a_calm_one_does_not() -> None:
    weather = stormy(Trouble.LOST, Trouble.DOUBLED, Trouble.DELAYED)
    post: Post[int] = Post(weather, Draw(1, "post"))
    for number in range(400):
        post.send(number, number * 1_000_000)
    arrived = post.arrived(10**12)
    assert set(arrived) < set(range(400)), "some are lost"
    assert len(arrived) > len(set(arrived)), "some come twice"
    assert arrived != sorted(arrived), "some come late"
    quiet: Post[int] = Post(calm(), Draw(1, "post"))
    for number in range(50):
        quiet.send(number, number * 1_000_000)
    assert quiet.arrived(10**12) == list(range(50))


def test_a_caller_asks_again_until_it_is_answered_and_remembers_what_it_was_told() -> None:
    customer = Customer("north", Draw(5, "north"), calm(), to_invent=1)
    asked = next(letter for turn in range(20) if (letter := customer.letter(turn * PATIENCE_US)))
    again = customer.letter(99 * PATIENCE_US)
    assert again is not None
    assert (again.movements, customer.repeats) == (asked.movements, 1)
    customer.hear(told(asked, BOOKED, 5))
    assert customer.content
    assert customer.letter(200 * PATIENCE_US) is None
    customer.hear(told(again, BOOKED, 6))
    overtaken = replace(BOOKED, sequence=-1, problem="time")
    customer.hear(told(asked, overtaken, 4))
    with pytest.raises(Broken, match="later"):
        customer.hear(told(again, overtaken, 6))
    with pytest.raises(Broken, match="later"):
        customer.hear(told(again, replace(BOOKED, sequence=8), 6))


def told(asked: MovementsAsked, answer: Answer, given_us: int) -> MovementsTold:
    return MovementsTold(asked, (answer,) * len(asked.movements), given_us)


def test_the_ledger_notices_money_that_cannot_be() -> None:
    ledger = Ledger()
    with pytest.raises(Broken, match="below zero"):
        ledger.take_movement(leaf(500, (-500, 0, 500), status=Status.BOOKED))
    with pytest.raises(Broken, match="by the ledger"):
        Ledger().take_movement(leaf(500, (-500, 0, 499), settled=1))
    with pytest.raises(Broken, match="not open"):
        Ledger().take_movement(leaf(500, (0, 0, 0), phase=Phase.VOID, status=Status.VOIDED))


def held_400_of_900() -> Ledger:
    """Ann has 900, of which 400 are set aside."""
    ledger = Ledger()
    names = {"movement_id": "d-1", "debit_account": "book:summary", "credit_account": "client:ann", "hold": ""}
    ledger.take_movement(replace(leaf(900, (-900, 0, 900), settled=1), strings=names))
    ledger.take_movement(leaf(400, (900, 400, -900), phase=Phase.PLACE, status=Status.HELD))
    return ledger


def test_a_hold_ends_once() -> None:
    with pytest.raises(Broken, match="second time"):
        held_400_of_900().take_movement(leaf(400, (900, 800, -900), phase=Phase.PLACE, status=Status.HELD))
    with pytest.raises(Broken, match="another amount"):
        held_400_of_900().take_event(HoldExpired("h", "client:ann", 399))
    ledger = held_400_of_900()
    ledger.take_event(HoldExpired("h", "client:ann", 400))
    assert (ledger.posted_minor["client:ann"], ledger.held_minor["client:ann"], ledger.holds) == (900, 0, {})
    with pytest.raises(Broken, match="twice"):
        ledger.take_event(HoldExpired("h", "client:ann", 400))
