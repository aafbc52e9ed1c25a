"""One seed of a case: the same world without and with the mechanism, and the same without its incident."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bulkhead.decision.rule_set import default_rule_set
from bulkhead.kernel.movements import Outcome
from bulkhead.risk.indicator import State
from bulkhead.risk.reading import Reading
from bulkhead.simulation.case_studies.alarming import alarms_of, readings_of, source_of
from bulkhead.simulation.case_studies.case import Case, Watch
from bulkhead.simulation.case_studies.playing import Played, play
from bulkhead.simulation.case_studies.result import Alarm, SeedRun, Side, Taken
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.responses import ACTIONS
from bulkhead.simulation.platform.setting import Planned, Response, Setting

ROUNDS_MAX = 4  # how often a world is made again because something new has turned in it
WRONG_DAYS = 7  # until a response that hit nobody is taken back
LATER_DAYS = 14  # over which the seeds spread the beginning

# What the mechanism's own work costs, in minor units.
ALARM_MINOR = 20_000  # two hours of somebody who looks into an alarm
REVIEW_MINOR = 800  # five minutes of a reviewer
DECLINED_MINOR = 3_000  # a talk with a client whose honest payment was declined
DELAY_PER_MILLION = 100  # of an honest amount held for a day: 3.65 % a year

_LEVELS = {"amber": State.AMBER, "red": State.RED}


@dataclass(frozen=True, slots=True)
class Guarded:
    """The twin with the mechanism, and what people did in it."""

    played: Played
    readings: dict[str, Reading]
    alarms: tuple[Alarm, ...]
    taken: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Twins:
    """One seed, both worlds whole."""

    run: SeedRun
    bare: Guarded  # looked at, and left alone
    guarded: Guarded


def setting_of(case: Case, *, seed: int, clients: int, days: int, incident: bool = True) -> Setting:
    """The world of a seed. When it begins is drawn from the seed too, so that no weekday or pay day decides."""
    began_day = case.first_day + Draw(seed, f"case.{case.code}").below(LATER_DAYS)
    planned = tuple(Planned(code, began_day, case.dials) for code in case.incidents) if incident else ()
    return Setting(seed, clients, days, planned)


def began_day_of(setting: Setting) -> int:
    """When the incident begins; beyond the last day where there is none."""
    return min((planned.first_day for planned in setting.incidents), default=setting.days)


def play_twins(case: Case, setting: Setting) -> Twins:
    """Both twins of a seed. What the engine stops does not change the world, so one play serves the bare twin too."""
    untouched = look(setting, {})
    guarded = play_guarded(case, setting, untouched)
    began_day = began_day_of(setting)
    telling = [alarm for alarm, _ in _answers(case, guarded.alarms) if alarm.day >= began_day]
    identified = telling[0] if telling else None
    run = SeedRun(
        seed=setting.seed,
        began_day=began_day,
        identified=identified,
        delay_days=identified.day - began_day if identified else None,
        alarms=guarded.alarms,
        responses=guarded.taken,
        bare=bare_side(untouched.played),
        guarded=guarded_side(guarded.played),
        response_cost_minor=response_cost_minor(guarded),
        bare_triggered=_triggered(untouched.played),
        guarded_triggered=_triggered(guarded.played),
    )
    return Twins(run, untouched, guarded)


def _triggered(played: Played) -> tuple[tuple[str, str], ...]:
    return tuple((plot.triggered_by, plot.code) for plot in played.plots if plot.triggered_by)


def play_guarded(case: Case, setting: Setting, untouched: Guarded) -> Guarded:
    """The world with the mechanism, made again with what people do until nothing new turns.

    No indicator looks ahead, so an alarm that turns before the first new response is in force turns in the world
    made with it just the same.
    """
    taken: dict[str, Taken] = {}
    guarded = untouched
    for _ in range(ROUNDS_MAX):
        called_for = {
            action: each
            for action, each in _called_for(case, setting, guarded.alarms).items()
            if action not in taken
        }
        if not called_for:
            break
        in_force = min(each.day for _, each in called_for.values())
        taken |= {action: each for action, (alarm, each) in called_for.items() if alarm.day < in_force}
        guarded = look(setting, taken)
    in_vain = _in_vain(case, setting, guarded.alarms)
    return replace(guarded, taken=tuple(sorted((*taken.values(), *in_vain), key=lambda each: each.day)))


def answered_at_once(case: Case, setting: Setting, untouched: Guarded) -> tuple[Taken, ...]:
    """All responses that the alarms of this world call for, the world being left as it is."""
    called_for = [each for _, each in _called_for(case, setting, untouched.alarms).values()]
    return (*called_for, *_in_vain(case, setting, untouched.alarms))


def look(setting: Setting, taken: Mapping[str, Taken]) -> Guarded:
    """The world with these responses, decided by the engine and measured by the indicators."""
    responses = tuple(Response(each.day, each.action, each.size) for each in taken.values())
    played = play(replace(setting, responses=responses), default_rule_set())
    readings = readings_of(played)
    return Guarded(played, readings, alarms_of(played, readings), ())


def _answers(case: Case, alarms: Sequence[Alarm]) -> Iterator[tuple[Alarm, Watch]]:
    """Which alarm calls for what, by day."""
    for alarm in alarms:
        for watch in case.watches:
            loud = alarm.source == "rule" or _LEVELS[alarm.level] >= watch.level
            if watch.source == source_of(alarm) and loud:
                yield alarm, watch


def _called_for(case: Case, setting: Setting, alarms: Sequence[Alarm]) -> dict[str, tuple[Alarm, Taken]]:
    """Action -> the alarm that calls for it first, and the response. Each action is taken once and stays."""
    first: dict[str, tuple[Alarm, Taken]] = {}
    for alarm, watch in _answers(case, alarms):
        day = alarm.day + watch.reaction_days
        if day >= setting.days or _misses(case, setting, alarm, watch):
            continue
        if watch.action not in first or day < first[watch.action][1].day:
            first[watch.action] = alarm, _taken(setting, alarm, watch, setting.days - day)
    return first


def _in_vain(case: Case, setting: Setting, alarms: Sequence[Alarm]) -> list[Taken]:
    """Responses aimed at somebody before anything had begun: found to be wrong and taken back after a week."""
    return [
        replace(_taken(setting, alarm, watch, WRONG_DAYS), in_vain=True)
        for alarm, watch in _answers(case, alarms)
        if _misses(case, setting, alarm, watch)
    ]


def _misses(case: Case, setting: Setting, alarm: Alarm, watch: Watch) -> bool:
    return watch.action in case.targeted and alarm.day < began_day_of(setting)


def _taken(setting: Setting, alarm: Alarm, watch: Watch, days: int) -> Taken:
    action = ACTIONS[watch.action]
    cost_minor = action.cost_minor(watch.size, setting.clients, days)
    return Taken(alarm.day + watch.reaction_days, action.code, action.title, watch.size, alarm.code, cost_minor)


def response_cost_minor(guarded: Guarded) -> int:
    """What people did about alarms, and the time of looking into each of them."""
    looked_into = sum(alarm.source == "indicator" for alarm in guarded.alarms)
    return sum(each.cost_minor for each in guarded.taken) + ALARM_MINOR * looked_into


def bare_side(played: Played) -> Side:
    """Nothing is stopped: every movement of harm for which there was money is booked."""
    booked_minor = sum(plot.harm_minor for plot in played.plots)
    other_minor = sum(plot.loss_minor for plot in played.plots)
    movements = len(played.facts.table("movements"))
    return Side(booked_minor + other_minor, booked_minor, other_minor, played.down_minutes, movements, 0, 0, 0)


def guarded_side(played: Played) -> Side:
    """The same less what the engine stopped, with what stopping honest movements cost."""
    guard = played.guard
    assert guard is not None, "a guarded twin has a guard"
    booked_minor = sum(played.amounts_minor.values()) - sum(stopped_minor_by_day(played).values())
    other_minor = sum(plot.loss_minor for plot in played.plots)
    guilty = {number for plot in played.plots for numbers in plot.movements.values() for number in numbers}
    honest = [stop for stop in guard.stops if stop.number not in guilty]
    delayed_minor = sum(stop.amount_minor for stop in honest if stop.outcome == Outcome.HOLD)
    declined = sum(stop.outcome == Outcome.DECLINE for stop in honest)
    cost_minor = (
        REVIEW_MINOR * len(guard.stops)
        + DECLINED_MINOR * declined
        + delayed_minor * DELAY_PER_MILLION // 1_000_000
    )
    return Side(
        booked_minor + other_minor,
        booked_minor,
        other_minor,
        played.down_minutes,
        guard.movements,
        len(honest),
        delayed_minor,
        cost_minor,
    )


def stopped_minor_by_day(played: Played) -> dict[int, int]:
    """Day -> harm that the engine or a reviewer kept from being booked."""
    assert played.guard is not None, "only a guard stops"
    by_day: dict[int, int] = {}
    for number, amount_minor in played.amounts_minor.items():
        if number in played.guard.refused or number in played.guard.rejected:
            by_day[played.harm_days[number]] = by_day.get(played.harm_days[number], 0) + amount_minor
    return by_day
