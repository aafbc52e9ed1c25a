"""Who tells people that something is wrong: indicators that turn, and reviewers who recognise harm."""

from __future__ import annotations

from bulkhead.kernel.movements import Outcome
from bulkhead.kernel.reasons import Words
from bulkhead.risk.indicator import State, indicators
from bulkhead.risk.reading import Reading, read
from bulkhead.simulation.case_studies.case import STOPPED
from bulkhead.simulation.case_studies.guarding import UNKNOWN
from bulkhead.simulation.case_studies.playing import Played
from bulkhead.simulation.case_studies.result import Alarm

LEVELS = {State.UNKNOWN: "unknown", State.GREEN: "green", State.AMBER: "amber", State.RED: "red"}
_UNKNOWABLE = Words("A rule that could not be known", "规则条件无法判断")


def readings_of(played: Played) -> dict[str, Reading]:
    """Every indicator of the house on this world's facts."""
    return {code: read(indicator, played.facts) for code, indicator in indicators().items()}


def alarms_of(played: Played, readings: dict[str, Reading]) -> tuple[Alarm, ...]:
    """All alarms by day: each turn of an indicator, each movement of harm that was stopped and recognised."""
    turned = [
        Alarm(
            turn.day,
            "indicator",
            code,
            reading.indicator.title,
            LEVELS[turn.state],
            turn.value,
            reading.indicator.unit,
        )
        for code, reading in readings.items()
        for turn in reading.turns
    ]
    return tuple(sorted([*turned, *_recognised(played)], key=lambda alarm: (alarm.day, alarm.source, alarm.code)))


def _recognised(played: Played) -> list[Alarm]:
    """The first movement of harm that each rule stopped; those after it are no news."""
    if played.guard is None:
        return []
    found: dict[str, Alarm] = {}
    for stop in played.guard.stops:
        if stop.number in played.amounts_minor and stop.rule not in found:
            title = _UNKNOWABLE if stop.rule == UNKNOWN else played.guard.rules[stop.rule].title
            level = "decline" if stop.outcome == Outcome.DECLINE else "hold"
            found[stop.rule] = Alarm(stop.day, "rule", stop.rule, title, level)
    return list(found.values())


def source_of(alarm: Alarm) -> str:
    """What a ``Watch`` calls the source of this alarm."""
    return STOPPED if alarm.source == "rule" else alarm.code
