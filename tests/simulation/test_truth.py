"""A run is compared with the truth: crimes found and missed, money saved, honest people held up."""

from __future__ import annotations

from bulkhead.kernel.leaves import LEAF_FIXED, LEAF_STRINGS, MovementLeaf
from bulkhead.kernel.movements import Outcome, Refusal, Status
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.truth import Incident, Sighting, Truth, assess, sighting

CRIME = Incident(
    code="theft",
    title=Words("Theft", "盗窃"),
    story=Words("A theft.", "一起盗窃。"),
    actors=("client:1",),
    movement_ids=("in", "out1", "out2", "out3"),
    harm_ids=("out1", "out2", "out3"),
    preparation_ids=("before",),
    amount_minor=600,
    first_us=1_000,
    last_us=4_000,
)
TRUTH = Truth((CRIME,))


def seen(
    movement_id: str,
    at_us: int = 0,
    amount_minor: int = 0,
    outcome: Outcome = Outcome.ALLOW,
    status: Status = Status.BOOKED,
    refusal: Refusal = Refusal.NONE,
    rules: tuple[str, ...] = (),
) -> Sighting:
    return Sighting(movement_id, at_us, amount_minor, outcome, status, refusal, rules)


def held(movement_id: str, at_us: int, amount_minor: int, *rules: str) -> Sighting:
    return seen(movement_id, at_us, amount_minor, Outcome.HOLD, Status.HELD, Refusal.NONE, rules)


def test_a_crime_that_is_noticed_and_partly_stopped() -> None:
    run = [
        seen("in", 1_000, 600),
        seen("out1", 2_000, 100),
        held("out2", 3_000, 200, "burst", "night"),
        held("out3", 4_000, 300, "burst"),
    ]
    (verdict,) = assess(TRUTH, run).verdicts
    assert verdict.found
    assert (verdict.found_us, verdict.delay_us) == (3_000, 2_000)
    assert (verdict.prevented_minor, verdict.lost_minor) == (500, 100)
    assert (verdict.noticed_count, verdict.stopped_count) == (2, 2)
    assert verdict.rules == (("burst", 2), ("night", 1))


def test_a_crime_nobody_notices_is_missed_even_where_money_ran_out() -> None:
    run = [
        seen("out1", 2_000, 100),
        seen("out2", 3_000, 200, status=Status.REFUSED, refusal=Refusal.INSUFFICIENT_FUNDS),
    ]
    (verdict,) = assess(TRUTH, run).verdicts
    assert not verdict.found
    assert verdict.delay_us is None
    assert verdict.prevented_minor == 200
    assert verdict.lost_minor == 400  # the third never came before the engine: nobody stopped it


def test_an_alert_alone_finds_a_crime_but_saves_nothing() -> None:
    (verdict,) = assess(TRUTH, [seen("in", 1_000, 600, rules=("large",)), seen("out1", 2_000, 100)]).verdicts
    assert verdict.found
    assert verdict.delay_us == 0
    assert verdict.prevented_minor == 0


def test_the_book_alone_finds_a_debit_without_instruction() -> None:
    refused = seen("out1", 2_000, 100, status=Status.REFUSED, refusal=Refusal.UNAUTHORISED_DEBIT)
    (verdict,) = assess(TRUTH, [refused]).verdicts
    assert verdict.found
    assert verdict.prevented_minor == 100
    assert verdict.refusals == ((Refusal.UNAUTHORISED_DEBIT, 1),)


def test_a_bid_set_aside_by_request_is_not_a_stop() -> None:
    placed = seen("out1", 2_000, 100, status=Status.HELD)
    assert not placed.stopped
    assert not placed.noticed


def test_preparations_are_neither_honest_nor_harm_but_may_give_a_hint() -> None:
    found = assess(TRUTH, [held("before", 10, 50, "device"), held("out1", 2_000, 100, "burst")])
    assert found.honest_count == 0
    assert found.verdicts[0].hint_us == 10
    assert found.verdicts[0].prevented_minor == 100


def test_honest_movements_held_up_are_counted_against_the_run() -> None:
    slip = seen("c", status=Status.REFUSED, refusal=Refusal.INSUFFICIENT_FUNDS)
    found = assess(TRUTH, [seen("a"), held("b", 5, 5, "burst"), slip, seen("d", rules=("large",))])
    assert (found.honest_count, found.honest_stopped, found.honest_noticed) == (4, 1, 2)
    assert found.found_count == 0


def test_a_sighting_is_read_from_a_leaf() -> None:
    fixed = dict.fromkeys(LEAF_FIXED.names or (), 0) | {
        "outcome": Outcome.HOLD,
        "status": Status.HELD,
        "amount_minor": 77,
        "effective_us": 9,
    }
    strings = dict.fromkeys(LEAF_STRINGS, "") | {"movement_id": "m1"}
    leaf = MovementLeaf(fixed, (False, True, True), (True, False, False), (), strings)
    assert sighting(leaf, ("a", "b", "c")) == held("m1", 9, 77, "b", "c")
