"""Detector output against the truth: found or missed, how soon, how much was saved, how many called in vain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bulkhead.kernel.movements import Refusal
from bulkhead.simulation.calendar import DAY_US
from bulkhead.simulation.scoring.decided import Decided
from bulkhead.simulation.scoring.intervals import mean_interval, share_interval
from bulkhead.simulation.truth import Incident, Truth

_RowsOf = Callable[[Iterable[str]], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class IncidentScore:
    """What became of one incident. ``delay_us`` runs from its first movement to the first alarm on one of its."""

    code: str
    found: bool
    delay_us: int | None
    harm_minor: int
    saved_minor: int
    by: tuple[str, ...]  # rules and refusals that alarmed, most movements first


@dataclass(frozen=True, slots=True)
class WorldScore:
    """One world. An alarm is one client on one local day, however many movements alarmed."""

    seed: int
    clients: int
    days: int  # counted
    movements: int
    incidents: tuple[IncidentScore, ...]
    true_alarms: int
    false_alarms: int
    honest_stopped: int  # movements
    false_by: tuple[tuple[str, int], ...]  # rule or refusal -> false alarms it took part in

    @property
    def false_per_day(self) -> float:
        """False alarms a day for 100,000 clients."""
        return self.false_alarms / self.days * 100_000 / self.clients


@dataclass(frozen=True, slots=True)
class KindScore:
    """One kind of incident over many worlds."""

    code: str
    played: int
    found: int
    recall: tuple[float, float]  # 95 % interval
    delay_h: float  # median hours to the first alarm, NaN when never found
    saved: tuple[float, float, float]  # share of the harm that was stopped: mean and 95 % interval
    by: tuple[str, ...]


def score(
    truth: Truth, decided: Decided, *, seed: int, clients: int, days: int, counted_from_us: int, offset_us: int
) -> WorldScore:
    """Hold one world's decisions against its truth.

    Alarms are counted over ``days`` days from ``counted_from_us`` on; ``offset_us`` is local time less UTC.
    """
    order = np.argsort(decided.ids)
    ids = decided.ids[order]

    def rows_of(wanted: Iterable[str]) -> NDArray[np.int64]:
        keys = np.array(sorted(each.encode() for each in wanted), ids.dtype)
        at = np.searchsorted(ids, keys)
        at = at[at < len(ids)]
        return np.sort(order[at[np.isin(ids[at], keys)]])

    incidents = tuple(_incident(incident, decided, rows_of) for incident in truth.incidents)
    guilty = np.zeros(len(ids), bool)
    for incident in truth.incidents:
        guilty[rows_of((*incident.movement_ids, *incident.preparation_ids))] = True
    alarm_key = decided.subject.astype(np.int64) * 100_000 + (decided.effective_us + offset_us) // DAY_US % 100_000
    alarm = decided.alarm & (decided.effective_us >= counted_from_us)
    true_keys = np.unique(alarm_key[alarm & guilty])
    false_rows = np.flatnonzero(alarm & ~guilty & ~np.isin(alarm_key, true_keys))
    return WorldScore(
        seed=seed,
        clients=clients,
        days=days,
        movements=len(ids),
        incidents=incidents,
        true_alarms=len(true_keys),
        false_alarms=len(np.unique(alarm_key[false_rows])),
        honest_stopped=int((decided.stopped & alarm & ~guilty).sum()),
        false_by=_blame(decided, false_rows, alarm_key),
    )


def kinds(worlds: Sequence[WorldScore]) -> list[KindScore]:
    """The worlds' incidents by kind, in the order of their codes."""
    by_code: dict[str, list[IncidentScore]] = {}
    for world in worlds:
        for incident in world.incidents:
            by_code.setdefault(incident.code, []).append(incident)
    return [_kind(code, scores) for code, scores in sorted(by_code.items())]


def _kind(code: str, scores: Sequence[IncidentScore]) -> KindScore:
    found = sum(each.found for each in scores)
    delays = [each.delay_us / 3_600_000_000 for each in scores if each.delay_us is not None]
    saved = np.array([each.saved_minor / each.harm_minor for each in scores if each.harm_minor], np.float64)
    by = Counter(name for each in scores for name in each.by[:3])
    return KindScore(
        code=code,
        played=len(scores),
        found=found,
        recall=share_interval(found, len(scores)),
        delay_h=float(np.median(delays)) if delays else float("nan"),
        saved=mean_interval(saved),
        by=tuple(name for name, _ in by.most_common(3)),
    )


def _incident(incident: Incident, decided: Decided, rows_of: _RowsOf) -> IncidentScore:
    rows = rows_of(incident.movement_ids)
    alarmed = rows[decided.alarm[rows]]
    harm = rows_of(incident.harm_ids)
    stopped = harm[decided.stopped[harm]]
    return IncidentScore(
        code=incident.code,
        found=bool(len(alarmed)),
        delay_us=int(decided.effective_us[alarmed].min()) - incident.first_us if len(alarmed) else None,
        harm_minor=int(decided.amount_minor[harm].sum()),
        saved_minor=int(decided.amount_minor[stopped].sum()),
        by=tuple(name for name, _ in _names(decided, alarmed).most_common()),
    )


def _names(decided: Decided, rows: NDArray[np.int64]) -> Counter[str]:
    """Rules and refusals on these rows, with how many rows each."""
    counts = Counter(dict(zip(decided.rule_codes, decided.hits[rows].sum(axis=0).tolist(), strict=True)))
    counts.update(f"refused: {Refusal(r).name.lower()}" for r in decided.refusal[rows] if r != Refusal.NONE)
    return +counts


def _blame(decided: Decided, rows: NDArray[np.int64], alarm_key: NDArray[np.int64]) -> tuple[tuple[str, int], ...]:
    """How many false alarms each rule or refusal took part in, most first."""
    blame: Counter[str] = Counter()
    for i, code in enumerate(decided.rule_codes):
        blame[code] = len(np.unique(alarm_key[rows[decided.hits[rows, i]]]))
    for refusal in np.unique(decided.refusal[rows]):
        if refusal != Refusal.NONE:
            of_it = rows[decided.refusal[rows] == refusal]
            blame[f"refused: {Refusal(refusal).name.lower()}"] = len(np.unique(alarm_key[of_it]))
    return tuple((+blame).most_common())
