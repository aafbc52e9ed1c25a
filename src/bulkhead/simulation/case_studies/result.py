"""What a case study found, as plain data: stored as JSON, drawn by reports and by the console.

Money is in minor units of ``currency``, days count from 0, the world's first. ``bare`` is the institution
without the mechanism, ``guarded`` the same seed with it. ``None`` says that there is no value: never zero instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % interval (bootstrap over seeds). ``count`` seeds had a value."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that told people: an indicator that turned, or a rule that stopped a movement of the incident."""

    day: int
    source: str  # "indicator" or "rule"
    code: str
    title: Words
    level: str  # amber or red; hold or decline
    value: float | None = None  # of the indicator on that day
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A response in force from the morning of ``day`` on. ``because`` is the code of the alarm.

    ``in_vain``: it was aimed at somebody before there was anybody to hit.
    """

    day: int
    action: str
    title: Words
    size: int
    because: str
    cost_minor: int  # once and for all days until the world's end
    in_vain: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """How one of the twins ended."""

    loss_minor: int  # booked_minor + other_minor
    booked_minor: int  # movements that were harm and were booked
    other_minor: int  # harm that is no movement: fines, margin, costs of an outage
    down_minutes: int
    movements: int
    honest_stopped: int  # honest movements that were held or declined
    honest_delayed_minor: int  # their amount
    hold_cost_minor: int  # what reviewing and delaying them cost


@dataclass(frozen=True, slots=True)
class Link:
    """``cause`` (an incident or an alarm) set off ``effect`` in so many guarded twins, and in so many bare ones."""

    cause: str
    effect: str
    cause_title: Words
    effect_title: Words
    kind: str  # "triggered" (incident to incident), "noticed" (incident to alarm), "answered" (alarm to response)
    count: int
    bare_count: int | None  # None for alarms and responses, which a bare twin does not have


@dataclass(frozen=True, slots=True)
class SeedRun:
    """One seed, both twins."""

    seed: int
    began_day: int  # when the case's own incident began
    identified: Alarm | None  # the first alarm from that day on
    delay_days: int | None
    alarms: tuple[Alarm, ...]  # of the guarded twin, by day
    responses: tuple[Taken, ...]
    bare: Side
    guarded: Side
    response_cost_minor: int
    bare_triggered: tuple[tuple[str, str], ...] = ()  # incident -> incident that it set off
    guarded_triggered: tuple[tuple[str, str], ...] = ()

    @property
    def avoided_minor(self) -> int:
        return self.bare.loss_minor - self.guarded.loss_minor

    @property
    def net_minor(self) -> int:
        """Loss avoided, less what the responses and the stopped honest movements cost."""
        return self.avoided_minor - self.response_cost_minor - self.guarded.hold_cost_minor


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure without and with the mechanism; ``difference`` is bare - guarded, paired by seed."""

    code: str
    title: Words
    unit: str  # the currency's code for minor units, "min", "d" or ""
    bare: Estimate
    guarded: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something was the first to tell."""

    code: str
    title: Words
    source: str
    count: int


@dataclass(frozen=True, slots=True)
class Placebo:
    """The same institutions without the incident, the mechanism on: what it does for nothing."""

    false_alarms: Estimate  # a seed
    false_responses: Estimate
    cost_minor: Estimate  # responses and stopped honest movements
    by: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """The mechanism switched off in both twins: nothing may differ; and two different worlds, for the noise."""

    same_seed: tuple[Effect, ...]
    other_seed: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """An indicator day by day in the seed shown; ``None`` where it is unknown. States: green amber red unknown."""

    code: str
    title: Words
    unit: str
    bare: tuple[float | None, ...]
    guarded: tuple[float | None, ...]
    states: tuple[str, ...]  # of the guarded twin
    amber: float | None
    red: float


@dataclass(frozen=True, slots=True)
class Shown:
    """One seed day by day: the one whose loss avoided is the median."""

    run: SeedRun
    first_date: str  # of day 0, ISO
    bare_loss_minor: tuple[int, ...]  # loss so far, by the end of each day
    guarded_loss_minor: tuple[int, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A whole case study."""

    schema: int
    code: str
    family: str
    title: Words
    story: Words
    response: Words  # what the mechanism answers with, in a sentence
    currency: str
    clients: int
    days: int
    seeds: tuple[int, ...]
    assumptions: tuple[Words, ...]
    missing: tuple[Words, ...]  # links of the mechanism that the house does not have yet
    identified: Estimate  # share of seeds, 0 to 1
    delay_days: Estimate | None  # over the seeds in which it was identified
    effects: tuple[Effect, ...]
    response_cost_minor: Estimate
    hold_cost_minor: Estimate
    net_minor: Estimate
    extra_net_minor: Estimate | None  # the same less only what the mechanism costs beyond a world without incident
    first_told: tuple[Counted, ...]
    chain: tuple[Link, ...]
    placebo: Placebo | None
    control: Control | None
    shown: Shown | None  # None for a control
    runs: tuple[SeedRun, ...]


def encode_case(result: CaseResult) -> bytes:
    """The result as JSON in UTF-8."""
    return msgspec.json.encode(result)


def decode_case(data: bytes) -> CaseResult:
    """A stored result. Raises ``BadInput`` for bytes that are none, or of another schema."""
    try:
        result = msgspec.json.decode(data, type=CaseResult)
    except msgspec.DecodeError as error:
        raise BadInput(f"This is no stored case study: {error}.") from None
    if result.schema != SCHEMA:
        raise BadInput(f"This case study has schema {result.schema}; this version reads {SCHEMA}.")
    return result
