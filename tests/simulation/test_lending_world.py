"""The lending world: reproducible, believable, solvent where it is honest, and criminal where it says so."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_ledger import PlainLedger

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.events import AccountOpened, TimeAdvanced
from bulkhead.kernel.memory import MemoryTables, MemoryVault
from bulkhead.kernel.movements import MOVEMENT, AccountClass, MovementBatch, MovementKind, Phase
from bulkhead.simulation.calendar import DAY_US, HOUR_US
from bulkhead.simulation.truth import Incident
from bulkhead.simulation.world import World, WorldMovement, account_class
from bulkhead.simulation.worlds.lending import WORLD

seeds = st.integers(0, 2**31)


@cache
def world(seed: int = 7) -> World:
    return WORLD.build(seed)


def incident(code: str, seed: int = 7) -> Incident:
    return next(i for i in world(seed).truth.incidents if i.code == code)


def rows(movement_ids: tuple[str, ...], seed: int = 7) -> list[WorldMovement]:
    wanted = set(movement_ids)
    return [m for m in world(seed).movements if m.movement_id in wanted]


def criminal_ids(of: World) -> set[str]:
    return {each for i in of.truth.incidents for each in (*i.movement_ids, *i.preparation_ids)}


def test_a_seed_gives_the_same_world_again_and_another_seed_another() -> None:
    assert WORLD.build(7) == world(7)
    assert WORLD.build(8).movements != world(7).movements


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_it_has_the_promised_size(seed: int) -> None:
    assert 6_000 <= len(world(seed).movements) <= 10_000
    assert 300 <= len(world(seed).accounts) <= 330


def test_clients_and_days_can_be_chosen_within_reason() -> None:
    larger = WORLD.build(3, clients=400, days=40)
    assert len(larger.movements) > len(world(3).movements)
    with pytest.raises(BadInput, match="at least 100 clients and 20 days; 50 clients"):
        WORLD.build(3, clients=50)
    with pytest.raises(BadInput, match="3 days were asked for"):
        WORLD.build(3, days=3)


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_time_runs_forward_within_the_month_and_ids_are_unique(seed: int) -> None:
    made = WORLD.build(seed)
    times = [m.event_us for m in made.movements]
    assert all(a <= b for a, b in pairwise(times))
    assert made.calendar.start_us <= times[0]
    assert times[-1] < made.calendar.end_us
    assert len({m.movement_id for m in made.movements}) == len(made.movements)
    assert all(type(m.amount_minor) is int and m.amount_minor > 0 for m in made.movements)


@settings(max_examples=6, deadline=None)
@given(seeds)
def test_honest_people_can_pay_what_they_ask_to_pay(seed: int) -> None:
    """Only slips of the thumb and late borrowers fail, whatever becomes of the crimes."""
    made = WORLD.build(seed)
    crimes, ledger, day, failed = criminal_ids(made), PlainLedger(), 0, Counter[MovementKind]()
    for movement in made.movements:
        while made.calendar.midnight_us(day) <= movement.event_us:
            ledger.lapse(made.calendar.midnight_us(day))
            day += 1
        if movement.movement_id not in crimes and not ledger.take(movement):
            failed[movement.kind] += 1
    assert set(failed) <= {MovementKind.WITHDRAWAL, MovementKind.REPAYMENT}
    assert failed.total() < 30
    assert sum(ledger.posted.values()) == 0
    assert min(v for name, v in ledger.posted.items() if name != "book:summary") >= 0


def test_all_kinds_of_a_lending_platform_occur() -> None:
    kinds = Counter((m.kind, m.phase) for m in world().movements)
    assert set(MovementKind) - {kind for kind, _ in kinds} == {MovementKind.PAYMENT, MovementKind.REFUND}
    assert kinds[MovementKind.BID, Phase.PLACE] > kinds[MovementKind.DISBURSEMENT, Phase.POST] > 500
    assert kinds[MovementKind.BID, Phase.VOID] > 0
    settled = {m.kind for m in world().movements if m.settled}
    assert settled == {MovementKind.DEPOSIT, MovementKind.INTEREST, MovementKind.OWN}


def test_people_sleep_and_are_paid() -> None:
    made = world()
    honest = [m for m in made.movements if m.kind != MovementKind.INTEREST]
    night = [m for m in honest if (m.event_us - made.calendar.start_us) % DAY_US < 6 * HOUR_US]
    assert len(night) < 0.06 * len(honest)
    crimes = criminal_ids(made)
    deposits = Counter(
        made.calendar.date_of(made.calendar.day_of(m.event_us)).day
        for m in honest
        if m.kind == MovementKind.DEPOSIT and m.movement_id not in crimes
    )
    pay_days = (deposits[10] + deposits[13] + deposits[25]) / 3  # the 15th was a Sunday
    other_days = (deposits[12] + deposits[17] + deposits[20]) / 3
    assert pay_days > 1.3 * other_days


def test_nobody_moves_money_before_the_account_is_open() -> None:
    opened = {a.name: a.opened_us for a in world().accounts}
    for movement in world().movements:
        for account in (movement.debit_account, movement.credit_account):
            assert account_class(account) != AccountClass.NONE
            if account.startswith("client:"):
                assert opened[account] <= movement.event_us


def test_honest_people_change_phones_and_cards_too() -> None:
    made, crimes = world(), criminal_ids(world())
    devices: dict[str, set[str]] = {}
    cards: dict[str, set[str]] = {}
    for movement in made.movements:
        if movement.movement_id not in crimes and movement.device:
            devices.setdefault(movement.payer, set()).add(movement.device)
            if movement.kind == MovementKind.WITHDRAWAL:
                cards.setdefault(movement.payer, set()).add(movement.payee)
    assert sum(len(found) >= 3 for found in devices.values()) >= 3
    assert sum(len(found) >= 2 for found in cards.values()) >= 5


def test_the_stolen_account_has_a_past_and_the_thief_has_none() -> None:
    crime = incident("account-takeover")
    victim = crime.actors[0]
    steps = rows(crime.harm_ids)
    earlier = [m for m in world().movements if m.event_us < crime.first_us and m.payer == victim]
    assert len(earlier) >= 8
    (device,) = {m.device for m in steps}
    assert device not in {m.device for m in world().movements if m.event_us < crime.first_us}
    assert len({m.payee for m in steps} - {m.payee for m in earlier}) >= 6
    assert crime.last_us - crime.first_us < 3 * HOUR_US
    assert crime.amount_minor > 10_000_000


def test_the_mule_takes_in_and_scatters_within_an_hour() -> None:
    crime = incident("mule-fan-out")
    mule = crime.actors[0]
    taken = [m for m in rows(crime.movement_ids) if m.payee == mule]
    passed_on = [m for m in rows(crime.movement_ids) if m.payer == mule]
    assert len({m.payer for m in taken}) == 4
    assert all(4_700_000 <= m.amount_minor < 5_000_000 for m in taken)
    assert len({m.payee for m in passed_on}) >= 10
    assert passed_on[-1].event_us - passed_on[0].event_us <= HOUR_US
    assert {m.kind for m in rows(crime.harm_ids)} == {MovementKind.WITHDRAWAL}
    assert len(crime.preparation_ids) >= 2 * len(passed_on)


def test_the_platform_takes_money_nobody_told_it_to_take() -> None:
    crime = incident("own-account")
    for movement in rows(crime.harm_ids):
        assert movement.instructed_by != movement.debit_account
        assert account_class(movement.debit_account) == AccountClass.CLIENT
        assert movement.credit_account in ("book:own", "book:fee")
    assert len(crime.harm_ids) == 9
    last = rows(crime.movement_ids)[-1]
    assert (last.kind, last.debit_account) == (MovementKind.OWN, "book:own")


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_every_seed_hides_three_whole_crimes(seed: int) -> None:
    made = WORLD.build(seed)
    assert [i.code for i in made.truth.incidents] == ["account-takeover", "mule-fan-out", "own-account"]
    ids = [each for i in made.truth.incidents for each in (*i.movement_ids, *i.preparation_ids)]
    assert len(ids) == len(set(ids))
    amounts = {m.movement_id: m.amount_minor for m in made.movements}
    for crime in made.truth.incidents:
        assert set(crime.harm_ids) <= set(crime.movement_ids)
        assert crime.amount_minor == sum(amounts[each] for each in crime.harm_ids) > 5_000_000
        assert crime.first_us < crime.last_us


def test_the_stream_is_the_world_in_order_and_names_nobody() -> None:
    made, vault = world(), MemoryVault(MemoryTables())
    opened: set[str] = set()
    now_us, movement_ids, midnights = 0, [], 0
    for item in made.stream(vault, rows_max=64):
        if isinstance(item, MovementBatch):
            assert item.rows.dtype == MOVEMENT
            assert len(item) <= 64
            assert now_us <= int(item.rows["event_us"][0])
            now_us = int(item.rows["event_us"][-1])
            movement_ids += [item.ids[i] for i in range(len(item))]
            accounts = [item.names[c] for c in item.rows["debit_account"]]
            assert {a for a in accounts if a.startswith("client:")} <= opened
            assert not any(n.startswith(("client:2026", "bank:ICBC", "device:ios")) for n in item.names)
        elif isinstance(item, AccountOpened):
            opened.add(item.name)
        elif isinstance(item, TimeAdvanced):
            assert now_us <= item.effective_us
            now_us, midnights = item.effective_us, midnights + 1
    assert movement_ids == [m.movement_id for m in made.movements]
    assert len(opened) == len(made.accounts)
    assert midnights == made.calendar.days


def test_a_streamed_row_says_what_the_movement_says() -> None:
    made, vault = world(), MemoryVault(MemoryTables())
    batch = next(i for i in made.stream(vault) if isinstance(i, MovementBatch))
    for index in range(len(batch)):
        row, movement = batch.rows[index], made.movements[index]
        payer = batch.names[row["payer"]]
        expected = movement.payer.partition(":")[2] if payer.split(":")[0] in ("client", "bank") else None
        assert vault.reveal([payer]) == [expected]
        assert int(row["amount_minor"]) == movement.amount_minor
        assert (int(row["kind"]), int(row["phase"])) == (movement.kind, movement.phase)
        assert int(row["debit_class"]) == account_class(movement.debit_account)
        assert (row["device"] == -1) == (movement.device == "")
