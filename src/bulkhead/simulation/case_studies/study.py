"""Many seeds of one case, and what they say together. Pure: how the seeds are spread over processes is handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.simulation.case_studies.case import Case, case_of
from bulkhead.simulation.case_studies.chain import counted, links_of, told_first
from bulkhead.simulation.case_studies.estimates import effects_of, mean_of, share_of
from bulkhead.simulation.case_studies.playing import play
from bulkhead.simulation.case_studies.result import (
    SCHEMA,
    CaseResult,
    Control,
    Estimate,
    Placebo,
    SeedRun,
    Side,
)
from bulkhead.simulation.case_studies.shown import shown_of
from bulkhead.simulation.case_studies.twins import (
    LATER_DAYS,
    answered_at_once,
    bare_side,
    began_day_of,
    guarded_side,
    look,
    play_twins,
    response_cost_minor,
    setting_of,
)

CURRENCY = "CNY"
# What every case assumes; the figures stand in ``twins``.
ASSUMED = (
    Words(
        "Whoever reviews a movement that is harm recognises and rejects it; honest ones are released. "
        "Reviews are done by the next midnight and cost 8 yuan each; an honest amount held costs 3.65 % a year.",
        "审核人员能够识别并拒绝有害交易，正常交易予以放行；审核于次日零时前完成，"
        "每笔成本 8 元，正常资金被暂缓期间按年化 3.65% 计成本。",
    ),
    Words(
        "Every alarm of an indicator is looked into: 200 yuan. An honest payment declined costs 30 yuan.",
        "指标每次预警无论真伪均须核查，成本 200 元；误拒一笔正常支付的成本为 30 元。",
    ),
    Words(
        "Once the incident has begun, looking into an alarm leads to those who are behind it within the reaction time. "
        "A response aimed at somebody before that hits the wrong one, changes nothing and is taken back after a week.",
        "事件发生后，对预警的核查能在反应时间内查明责任方；事件发生前针对特定对象的处置视为误伤，不产生效果，一周后撤销。",
    ),
    Words(
        "Responses cost what the table of responses says, from the morning they are in force to the world's last day.",
        "处置成本按处置措施表计算，自生效日起计至模拟期末。",
    ),
)
OTHER_SEED = 1_000_000  # added to a seed for a world that has nothing to do with it
SEEDS_MIN, CLIENTS_MIN, DAYS_MIN = 2, 300, 60
WATCHED_DAYS_MIN = 14  # from the latest beginning to the world's end: what has not begun cannot be missed


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study is asked to be."""

    case: str
    seeds: tuple[int, ...]
    clients: int
    days: int
    mechanism: bool = True  # False: both twins without it, as a control
    placebo: bool = True


@dataclass(frozen=True, slots=True)
class NoIncident:
    """What the mechanism did in a world in which nothing happened."""

    alarms: tuple[tuple[str, Words, str], ...]  # code, title, source
    responses: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class SeedFound:
    """One seed: the twins, the world without incident, and for a control another world altogether."""

    run: SeedRun
    placebo: NoIncident | None
    other: Side | None


_One = TypeVar("_One")
_Done = TypeVar("_Done")


class SpreadOut(Protocol):
    """Does the same work for each of several things, in other processes perhaps; gives the results in order."""

    def __call__(self, work: Callable[[_One], _Done], each: Sequence[_One], /) -> Iterable[_Done]: ...


def _one_after_another(work: Callable[[_One], _Done], each: Sequence[_One], /) -> Iterable[_Done]:
    return map(work, each)


Told = Callable[[SeedFound], None]


def study(asked: Asked, spread_out: SpreadOut = _one_after_another, told: Told = lambda found: None) -> CaseResult:
    """Play all seeds and sum up. ``told`` hears of each seed as it is done. Raises ``BadInput`` for a bad question.

    All that takes long goes through ``spread_out``: the seeds, and then the one that is shown, once more.
    """
    case = _checked(asked)
    found = []
    for one in spread_out(partial(play_seed, asked), asked.seeds):
        told(one)
        found.append(one)
    runs = tuple(one.run for one in found)
    shown = None
    if asked.mechanism:
        (shown,) = spread_out(partial(shown_of, case, clients=asked.clients, days=asked.days), [runs])
    delays = [run.delay_days for run in runs if run.delay_days is not None]
    return CaseResult(
        schema=SCHEMA,
        code=case.code,
        family=case.family.value,
        title=case.title,
        story=case.story,
        response=case.response,
        currency=CURRENCY,
        clients=asked.clients,
        days=asked.days,
        seeds=asked.seeds,
        assumptions=(*case.assumptions, *ASSUMED),
        missing=case.missing,
        identified=share_of([run.identified is not None for run in runs]),
        delay_days=mean_of(delays) if delays else None,
        effects=effects_of([(run.bare, run.guarded) for run in runs]),
        response_cost_minor=mean_of([run.response_cost_minor for run in runs]),
        hold_cost_minor=mean_of([run.guarded.hold_cost_minor for run in runs]),
        net_minor=mean_of([run.net_minor for run in runs]),
        extra_net_minor=_extra_net(found),
        first_told=told_first(run.identified for run in runs),
        chain=links_of(case, runs),
        placebo=_placebo(found),
        control=_control(found),
        shown=shown,
        runs=runs,
    )


def play_seed(asked: Asked, seed: int) -> SeedFound:
    """All worlds of one seed. A function of its arguments, so that another process can do it."""
    case = case_of(asked.case)
    setting = setting_of(case, seed=seed, clients=asked.clients, days=asked.days)
    if not asked.mechanism:
        return _control_seed(case, asked, seed)
    twins = play_twins(case, setting)
    return SeedFound(twins.run, _nothing_happens(case, asked, seed) if asked.placebo else None, None)


def _checked(asked: Asked) -> Case:
    case = case_of(asked.case)
    if len(set(asked.seeds)) < SEEDS_MIN:
        raise BadInput(f"An interval takes {SEEDS_MIN} different seeds or more.")
    days_min = max(DAYS_MIN, case.first_day + LATER_DAYS - 1 + WATCHED_DAYS_MIN)
    if asked.clients < CLIENTS_MIN or asked.days < days_min:
        raise BadInput(f"The case {case.code} takes at least {CLIENTS_MIN} clients and {days_min} days.")
    return case


def _control_seed(case: Case, asked: Asked, seed: int) -> SeedFound:
    """Two twins, each made for itself, and another world; nobody looks at any of them."""
    setting = setting_of(case, seed=seed, clients=asked.clients, days=asked.days)
    one, again = bare_side(play(setting, None)), bare_side(play(setting, None))
    elsewhere = setting_of(case, seed=seed + OTHER_SEED, clients=asked.clients, days=asked.days)
    run = SeedRun(seed, began_day_of(setting), None, None, (), (), one, again, 0)
    return SeedFound(run, None, bare_side(play(elsewhere, None)))


def _nothing_happens(case: Case, asked: Asked, seed: int) -> NoIncident:
    setting = setting_of(case, seed=seed, clients=asked.clients, days=asked.days, incident=False)
    untouched = look(setting, {})
    guarded = replace(untouched, taken=answered_at_once(case, setting, untouched))
    cost_minor = response_cost_minor(guarded) + guarded_side(guarded.played).hold_cost_minor
    alarms = tuple((alarm.code, alarm.title, alarm.source) for alarm in guarded.alarms)
    return NoIncident(alarms, len(guarded.taken), cost_minor)


def _extra_net(found: Sequence[SeedFound]) -> Estimate | None:
    """What the incident's own answer brings where the mechanism runs anyway, seed by seed."""
    nets = [one.run.net_minor + one.placebo.cost_minor for one in found if one.placebo is not None]
    return mean_of(nets) if nets else None


def _placebo(found: Sequence[SeedFound]) -> Placebo | None:
    quiet = [one.placebo for one in found if one.placebo is not None]
    if not quiet:
        return None
    return Placebo(
        mean_of([len(one.alarms) for one in quiet]),
        mean_of([one.responses for one in quiet]),
        mean_of([one.cost_minor for one in quiet]),
        counted([alarm for one in quiet for alarm in one.alarms]),
    )


def _control(found: Sequence[SeedFound]) -> Control | None:
    others = [(one.run.bare, one.other) for one in found if one.other is not None]
    if not others:
        return None
    return Control(effects_of([(one.run.bare, one.run.guarded) for one in found]), effects_of(others))
