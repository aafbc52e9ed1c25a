"""Fourteen ways in which money goes astray, all in one small world: each leaves its rows and tells the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from bulkhead.engine.machine import Machine
from bulkhead.kernel.movements import AccountClass, MovementBatch, MovementKind, Refusal, Status
from bulkhead.simulation.platform.numbering import movement_id
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.plot import Part, Plot
from bulkhead.simulation.platform.setting import Planned, Response, Setting
from bulkhead.simulation.platform.streams import numbers_of, texts_of
from bulkhead.simulation.platform.world import PlatformWorld
from bulkhead.simulation.scoring.decided import KEY, OpenNames
from bulkhead.simulation.truth import Incident

SEED, CLIENTS, DAYS = 11, 400, 90
# The day each begins: those that frighten people come last, so that they do not drain the others' victims.
BEGINS = {
    "allocation-error": 8,
    "fictitious-loans": 10,
    "self-financing": 11,
    "partner-fraud": 12,
    "ponzi-repayment": 14,
    "account-takeover": 20,
    "mule-network": 22,
    "structuring": 24,
    "circular-flows": 26,
    "insider-misuse": 28,
    "pooled-funds": 30,
    "maker-checker-collusion": 32,
    "guarantee-failure": 34,
    "run-on-withdrawals": 60,
}
CODES = tuple(BEGINS)


@dataclass(frozen=True)
class Played:
    """A world that has been made: its plots and their movements, in order."""

    platform: Platform
    rows: NDArray[np.void]  # MOVEMENT, the first has number 1
    refused: NDArray[np.bool_]
    streams: frozenset[str]
    texts: dict[tuple[str, str], list[str]]  # of two columns of references
    credits: list[int]  # by the institution's own ledger

    def plot(self, code: str) -> Plot:
        return next(plot for plot in self.platform.plots if plot.code == code and not plot.triggered_by)

    def of(self, code: str, *parts: Part) -> NDArray[np.void]:
        """Its deeds and harm, or those of some parts only."""
        numbers = [n for part in parts or (Part.DEED, Part.HARM) for n in self.plot(code).movements[part]]
        return self.rows[np.array(sorted(numbers), np.int64) - 1]

    def truth(self, code: str) -> Incident:
        return next(i for i in self.platform.truth().incidents if i.code == code and not i.triggered_by)


def setting_of(dial: str = "", value: int = 0, responses: tuple[Response, ...] = ()) -> Setting:
    """All fourteen at their default dials, but for one dial."""
    kinds = Platform(Setting(SEED, 100, 1)).kinds
    planned = [
        Planned(code, day, replace(kinds[code].default, **{dial: value}) if dial else None)
        for code, day in BEGINS.items()
    ]
    return Setting(SEED, CLIENTS, DAYS, tuple(planned), responses)


def bare(setting: Setting) -> Platform:
    """Only with those other systems whose rows an incident changes: the others would take most of the time."""
    platform = Platform(setting)
    for code in set(platform.surroundings) - {"partner-reports"}:
        del platform.surroundings[code]
    return platform


@cache
def played(dial: str = "", value: int = 0, *, responses: tuple[Response, ...] = ()) -> Played:
    platform = bare(setting_of(dial, value, responses))
    rows, refused, streams = [], [], set()
    texts: dict[tuple[str, str], list[str]] = {
        ("bank_statement", "reference"): [],
        ("platform_records", "movement"): [],
    }
    credits: list[int] = []
    for day in platform.days():
        rows.append(day.rows)
        refused.append(day.refused)
        streams |= set(day.blocks)
        for stream, column in texts:
            for block in day.blocks[stream]:
                texts[stream, column].extend(texts_of(block.values[column]))
        for block in day.blocks["platform_records"]:
            credits.extend(numbers_of(block.values["credit"]).tolist())
    return Played(platform, np.concatenate(rows), np.concatenate(refused), frozenset(streams), texts, credits)


@pytest.mark.parametrize("code", CODES)
def test_it_leaves_rows_and_costs_something(code: str) -> None:
    world, kind = played(), played().platform.kinds[code]
    plot, truth = world.plot(code), world.truth(code)
    assert len(world.of(code)), "no movement of its own"
    assert plot.harm_minor + plot.loss_minor > 0
    assert truth.actors
    assert len(set(plot.records)) >= 1, "no other system noticed anything"
    assert set(plot.records) <= world.streams
    assert truth.first_us <= truth.last_us
    first_midnight_us = world.platform.calendar.midnight_us(BEGINS[code])
    assert truth.first_us >= first_midnight_us, "a deed before its first day"
    assert kind.title.en != kind.title.zh
    assert kind.story.en != kind.story.zh


@pytest.mark.parametrize("code", CODES)
def test_the_truth_is_what_the_rows_say(code: str) -> None:
    world, plot, truth = played(), played().plot(code), played().truth(code)
    harm = world.of(code, Part.HARM)
    assert int(harm["amount_minor"].sum()) == plot.harm_minor == truth.amount_minor
    assert truth.harm_ids == tuple(movement_id(n) for n in sorted(plot.movements[Part.HARM]))
    assert set(truth.harm_ids) <= set(truth.movement_ids)
    assert not set(truth.preparation_ids) & set(truth.movement_ids)
    deeds = world.of(code)
    assert truth.first_us <= int(deeds["event_us"].min())
    assert truth.last_us >= int(deeds["event_us"].max())
    numbers = [n for part in (Part.DEED, Part.HARM) for n in plot.movements[part]]
    assert len(set(numbers)) == len(numbers), "a movement is counted twice"
    assert not world.refused[np.array(numbers) - 1].any(), "it spends money that is not there"


def test_every_movement_belongs_to_one_incident_at_most() -> None:
    own = [n for plot in played().platform.plots for part in (Part.DEED, Part.HARM) for n in plot.movements[part]]
    assert len(own) == len(set(own))


def test_failures_of_trust_set_off_a_run() -> None:
    causes = {plot.triggered_by for plot in played().platform.plots if plot.code == "run-on-withdrawals"}
    assert causes >= {"", "ponzi-repayment", "guarantee-failure"}


def test_the_same_seed_gives_the_same_world() -> None:
    again = bare(setting_of())
    rows = np.concatenate([day.rows for day in again.days()])
    assert np.array_equal(rows, played().rows)
    assert [p.actors for p in again.plots] == [p.actors for p in played().platform.plots]


def test_the_book_takes_it_all_and_stays_balanced() -> None:
    """Without rules the book refuses only what no client asked for, what mixes money, and what follows from that."""
    machine, world = Machine(KEY), PlatformWorld(setting_of(), bare)
    machine.apply(world.institution)
    refused: dict[str, Refusal] = {}
    for item in world.stream(OpenNames()):
        if not isinstance(item, MovementBatch):
            machine.apply(item)
            continue
        stepped = machine.step(item)
        assert not stepped.repeats
        outcomes = stepped.booked.outcomes
        for row in np.flatnonzero(outcomes["status"] == Status.REFUSED).tolist():
            refused[item.ids[row]] = Refusal(int(outcomes["refusal"][row]))
    own = {each for incident in world.truth.incidents for each in incident.movement_ids}
    grounds = {ground for each, ground in refused.items() if each in own}
    assert grounds <= {Refusal.UNAUTHORISED_DEBIT, Refusal.SEGREGATION, Refusal.INSUFFICIENT_FUNDS}
    accounts = machine.book.accounts[: len(machine.names)]
    assert int(accounts["posted_minor"].sum()) == 0
    clients = accounts[accounts["account_class"] == AccountClass.CLIENT]
    assert int((clients["posted_minor"] - clients["held_minor"]).min()) >= 0


def test_the_books_disagree_where_the_stories_say_so() -> None:
    """Invented refunds never came from the bank; the own ledger knows nothing of what a faulty batch did."""
    world = played()
    refunds = set(world.truth("maker-checker-collusion").harm_ids)
    assert refunds
    assert not refunds & set(world.texts["bank_statement", "reference"])
    wrong = {
        movement_id(n): row
        for n, row in zip(
            sorted(world.plot("allocation-error").movements[Part.HARM]), world.of("allocation-error"), strict=True
        )
    }
    credits = dict(zip(world.texts["platform_records", "movement"], world.credits, strict=True))
    same = [each for each, row in wrong.items() if credits.get(each) == int(row["credit_account"])]
    assert not same
    assert {True, False} == {each in credits for each in wrong}, "some were misdirected, some written twice"


def money(world: Played, code: str) -> int:
    return world.plot(code).harm_minor + world.plot(code).loss_minor


def span_us(world: Played, code: str) -> int:
    moments = world.of(code)["event_us"]
    return int(moments.max() - moments.min())


@pytest.mark.parametrize("code", CODES)
def test_size_is_money(code: str) -> None:
    assert money(played("size", 2), code) * 3 // 2 < money(played("size", 8), code)


@pytest.mark.parametrize("code", CODES)
def test_speed_is_time(code: str) -> None:
    assert span_us(played("speed", 3), code) > 2 * span_us(played("speed", 8), code)


ANSWERS = {
    "partner-fraud": "suspend-partner",
    "guarantee-failure": "suspend-partner",
    "fictitious-loans": "revoke-permission",
    "insider-misuse": "revoke-permission",
    "pooled-funds": "revoke-permission",
    "maker-checker-collusion": "revoke-permission",
    "run-on-withdrawals": "inform-clients",
}


@pytest.mark.parametrize("code", ANSWERS)
def test_what_people_do_about_it_makes_it_smaller(code: str) -> None:
    first_days = {action: [BEGINS[c] for c, a in ANSWERS.items() if a == action] for action in ANSWERS.values()}
    doses = {"inform-clients": 1000}
    begun = tuple(Response(min(days) + 3, action, doses.get(action, 1)) for action, days in first_days.items())
    assert money(played(responses=begun), code) < money(played(), code)


def mean_minor(world: Played, code: str, kind: MovementKind | None = None) -> float:
    rows = world.of(code)
    return float(rows["amount_minor"][(rows["kind"] == kind) if kind else slice(None)].mean())


def likeness(world: Played, code: str) -> float:
    """How often one amount is the most frequent one."""
    return float(np.unique(world.of(code)["amount_minor"], return_counts=True)[1].max() / len(world.of(code)))


def crowding(world: Played, code: str) -> float:
    """Movements for each device: one phone for many accounts tells most."""
    devices = world.of(code)["device"]
    return len(devices) / len(np.unique(devices))


def at_night(world: Played, code: str) -> float:
    hour = (world.of(code)["event_us"] // 3_600_000_000 + 8) % 24
    return float(((hour < 6) | (hour >= 20)).mean())


def by_one_card(world: Played, code: str) -> float:
    """The share of what leaves that goes to the card which gets most."""
    out = world.of(code, Part.HARM)
    return float(np.unique(out["payee"], return_counts=True)[1].max() / len(out))


def notices(world: Played, code: str) -> float:
    """Rows in other systems that point at it."""
    records = world.plot(code).records
    return float(sum(records.get(stream, 0) for stream in ("complaints", "posts")))


# What careful doers avoid, of each kind: all of it is greater the more blatant it is.
GIVEN_AWAY_BY: dict[str, tuple[Callable[[Played, str], float], ...]] = {
    "account-takeover": (at_night, lambda world, code: float(world.plot(code).records["logins"])),
    "mule-network": (crowding, lambda world, code: mean_minor(world, code, MovementKind.DEPOSIT)),
    "structuring": (mean_minor,),
    "circular-flows": (crowding, likeness),
    "fictitious-loans": (mean_minor,),
    "self-financing": (mean_minor, by_one_card),
    "pooled-funds": (mean_minor, at_night),
    "ponzi-repayment": (
        lambda world, code: mean_minor(world, code, MovementKind.TRANSFER),
        lambda world, code: float(world.plot(code).records.get("posts", 0)),
    ),
    "insider-misuse": (at_night, crowding),
    "maker-checker-collusion": (lambda world, code: mean_minor(world, code, MovementKind.REFUND), at_night),
    "partner-fraud": (mean_minor, by_one_card),
    "allocation-error": (notices,),
    "run-on-withdrawals": (mean_minor, notices),
    "guarantee-failure": (notices,),
}


@pytest.mark.parametrize("code", CODES)
def test_stealth_hides(code: str) -> None:
    for given_away in GIVEN_AWAY_BY[code]:
        assert given_away(played("stealth", 1), code) > given_away(played("stealth", 10), code)
