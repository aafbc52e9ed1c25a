"""What set off what, counted over the seeds: incidents, alarms, responses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bulkhead.kernel.plugins import discover
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.case_studies.case import Case
from bulkhead.simulation.case_studies.result import Alarm, Counted, Link, SeedRun, Taken
from bulkhead.simulation.platform.kinds import IncidentKind

_Titled = tuple[str, Words]


def links_of(case: Case, runs: Sequence[SeedRun]) -> tuple[Link, ...]:
    """Incident to incident, incident to alarm, alarm to response; of each kind the most frequent first.

    An alarm after the beginning is put down to the case's incident; a link counts once in a seed.
    """
    kinds = discover("bulkhead.simulation.incidents", "INCIDENT", IncidentKind)
    titles = {code: kind.title for code, kind in kinds.items()}
    began = case.incidents[0]
    triggered = Counter(pair for run in runs for pair in set(run.guarded_triggered))
    triggered_bare = Counter(pair for run in runs for pair in set(run.bare_triggered))
    noticed = Counter(
        (alarm.code, alarm.title)
        for run in runs
        for alarm in _once(alarm for alarm in run.alarms if alarm.day >= run.began_day)
    )
    answered = Counter(
        ((because, title), (each.action, each.title)) for run in runs for because, title, each in _answered(run)
    )
    incident_links = [
        Link(a, b, titles[a], titles[b], "triggered", triggered[a, b], triggered_bare[a, b])
        for a, b in sorted(triggered | triggered_bare, key=lambda pair: -triggered_bare[pair])
    ]
    alarm_links = [
        Link(began, code, titles[began], title, "noticed", count, None)
        for (code, title), count in noticed.most_common()
    ]
    response_links = [
        Link(alarm[0], action[0], alarm[1], action[1], "answered", count, None)
        for (alarm, action), count in answered.most_common()
    ]
    return (*incident_links, *alarm_links, *response_links)


def told_first(alarms: Iterable[Alarm | None]) -> tuple[Counted, ...]:
    """Which alarm was the first to tell, and in how many seeds."""
    return counted((alarm.code, alarm.title, alarm.source) for alarm in alarms if alarm is not None)


def counted(alarms: Iterable[tuple[str, Words, str]]) -> tuple[Counted, ...]:
    """Alarms by how many there were of each, most first."""
    return tuple(Counted(*alarm, count) for alarm, count in Counter(alarms).most_common())


def _once(alarms: Iterable[Alarm]) -> list[Alarm]:
    return list({alarm.code: alarm for alarm in alarms}.values())


def _answered(run: SeedRun) -> list[tuple[str, Words, Taken]]:
    titles = {alarm.code: alarm.title for alarm in run.alarms}
    return [(each.because, titles[each.because], each) for each in run.responses]
