"""A day of the platform with an incident in it: its rows, its reserve, its plot; and what the dials' texts ask for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.movements import MovementKind
from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.platform import planning
from bulkhead.simulation.platform.day import Day
from bulkhead.simulation.platform.directory import SUMMARY
from bulkhead.simulation.platform.kinds import Act, IncidentKind
from bulkhead.simulation.platform.planning import asked_for, every_kind_once
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.plot import Dials, Part, Plot
from bulkhead.simulation.platform.setting import Planned, Response, Setting
from bulkhead.simulation.truth import Incident

WORDS = Words("A theft", "盗窃")
DAYS = 12


def theft(amount_minor: int, seen: list[Plot] | None = None) -> IncidentKind:
    """Takes an amount from the richest client of each morning, from the plot's first day on, twice."""

    def begin(platform: Platform, plot: Plot) -> Act:
        thief = platform.people.add(2)
        plot.doers.add(thief)
        if seen is not None:
            seen.append(plot)

        def act(day: Day) -> None:
            if not plot.first_day <= day.number < plot.first_day + 2:
                return
            victim = int(np.argmax(platform.free_minor))
            number = int(platform.people.number[victim])
            day.spoken_for[victim] = amount_minor
            day.move(plot, Part.HARM, day.at(3), MovementKind.WITHDRAWAL, amount_minor, number, SUMMARY)
            plot.actors.append(platform.directory.names[number])

        return act

    return IncidentKind("theft", Family.OPERATIONAL, WORDS, WORDS, 2, ("movements",), begin)


@pytest.fixture
def with_kinds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*kinds: IncidentKind) -> None:
        found = {kind.code: kind for kind in kinds}
        monkeypatch.setattr(planning, "incident_kinds", lambda: found)
        monkeypatch.setattr("bulkhead.simulation.platform.platform.incident_kinds", lambda: found)

    return use


def told(setting: Setting) -> tuple[Incident, ...]:
    platform = Platform(setting)
    for _ in platform.days():
        pass
    return platform.truth().incidents


def test_harm_is_told_with_its_movements_amounts_and_times(with_kinds: Callable[..., None]) -> None:
    with_kinds(theft(10_000))
    (crime,) = told(Setting(5, 200, DAYS, (Planned("theft", 6),)))
    assert (crime.code, crime.family, crime.amount_minor) == ("theft", "operational", 20_000)
    assert len(crime.harm_ids) == len(crime.movement_ids) == 2
    assert len(crime.preparation_ids) == 1  # the thief's card was checked
    assert dict(crime.dials) == {"size": 5, "stealth": 3, "speed": 5}
    start_us = Setting(5, 200, DAYS).start_us
    assert crime.first_us == start_us + (6 * 24 + 3) * 3_600_000_000


def test_harm_without_the_money_for_it_is_none(with_kinds: Callable[..., None]) -> None:
    with_kinds(theft(10**12))
    (crime,) = told(Setting(5, 200, DAYS, (Planned("theft", 6),)))
    assert (crime.amount_minor, crime.harm_ids, len(crime.movement_ids)) == (0, (), 2)


def test_an_incident_changes_nothing_but_its_own_and_what_follows(with_kinds: Callable[..., None]) -> None:
    with_kinds(theft(10_000))
    quiet = [day.rows.tolist() for day in Platform(Setting(5, 200, DAYS)).days()]
    robbed = [day.rows.tolist() for day in Platform(Setting(5, 200, DAYS, (Planned("theft", 6),))).days()]
    assert quiet[:2] == robbed[:2]
    assert [len(b) - len(a) for a, b in zip(quiet[:7], robbed[:7], strict=True)] == [0, 0, 1, 0, 0, 0, 1]


def test_nobody_honest_spends_what_is_spoken_for(with_kinds: Callable[..., None]) -> None:
    with_kinds(theft(1))
    platform = Platform(Setting(5, 200, DAYS))
    days = platform.days()
    for _ in range(4):
        next(days)
    rich = int(np.argmax(platform.free_minor))

    def act(day: Day) -> None:
        day.spoken_for[rich] = int(platform.free_minor[rich])

    platform._acts.append(act)
    for day in days:
        spent = (day.rows["debit_account"] == platform.people.number[rich]) & ~day.refused
        assert not spent.any()


def test_responses_add_up_from_their_day_on() -> None:
    platform = Platform(
        Setting(1, 100, DAYS, responses=(Response(3, "add-capacity", 200), Response(5, "add-capacity")))
    )
    assert [platform.in_force("add-capacity", day) for day in (2, 3, 5)] == [0, 200, 201]
    # New machines take three days to come.
    assert [day.conditions.capacity_per_mille for day in platform.days()][4:10] == [
        1000,
        1000,
        1200,
        1200,
        1201,
        1201,
    ]


def test_texts_ask_for_incidents_with_dials_and_days(with_kinds: Callable[..., None]) -> None:
    with_kinds(theft(10_000))
    assert asked_for(["theft:size=7,speed=9@40"], 1, 60) == (Planned("theft", 40, Dials(7, 3, 9)),)
    assert asked_for(["theft@40", "theft@3"], 1, 60) == (Planned("theft", 3), Planned("theft", 40))
    (chosen,) = asked_for(["theft"], 1, 60)
    assert 20 <= chosen.first_day <= 58
    assert every_kind_once(1, 60) == (chosen,)
    assert every_kind_once(1, 2) == (Planned("theft", 0),)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("murder", "There is no incident 'murder'; there are: theft."),
        ("theft:size=11", "'size=11' turns no dial of theft; there are size, stealth, speed, each from 1 to 10"),
        ("theft:noise=3", "'noise=3' turns no dial"),
        ("theft@99", "cannot begin on day 99 of a world of 60 days"),
        ("theft@soon", "asks for no incident"),
    ],
)
def test_what_cannot_be_played_is_said(with_kinds: Callable[..., None], text: str, sentence: str) -> None:
    with_kinds(theft(10_000))
    with pytest.raises(BadInput, match=sentence.replace(".", r"\.")):
        asked_for([text], 1, 60)


def test_one_incident_can_set_off_another(with_kinds: Callable[..., None]) -> None:
    plots: list[Plot] = []
    with_kinds(theft(10_000, plots))
    platform = Platform(Setting(5, 200, DAYS, (Planned("theft", 4),)))
    platform.trigger("theft", 7, plots[0], Dials(2, 2, 2))
    for _ in platform.days():
        pass
    assert [(i.triggered_by, dict(i.dials)["size"]) for i in platform.truth().incidents] == [("", 5), ("theft", 2)]
