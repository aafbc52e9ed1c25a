"""What really happened in a simulated world, and how much of it a run of the engine caught.

``assess`` is pure: it compares the hidden incidents with what was seen of each movement. It counts honestly
in both directions: crimes missed, and honest movements stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bulkhead.kernel.leaves import MovementLeaf
from bulkhead.kernel.movements import Outcome, Refusal, Status
from bulkhead.kernel.reasons import Words

# Refusals that say "this is not right". Refused for lack of money is prevented, but nobody noticed anything.
_TELLING_REFUSALS = frozenset({Refusal.DECLINED, Refusal.UNAUTHORISED_DEBIT, Refusal.SEGREGATION})


@dataclass(frozen=True, slots=True)
class Incident:
    """One hidden crime. Names are real names (``entity:value``), times UTC microseconds."""

    code: str
    title: Words
    story: Words
    actors: tuple[str, ...]  # the doers' and the victims' names
    movement_ids: tuple[str, ...]  # every movement that belongs to it, in time order
    harm_ids: tuple[str, ...]  # those whose booking is the loss
    preparation_ids: tuple[str, ...]  # what the doers' accounts did besides: neither honest nor harm
    amount_minor: int  # sum of the harm
    first_us: int
    last_us: int
    family: str = ""  # of risk; "" in worlds that know only crimes
    dials: tuple[tuple[str, int], ...] = ()  # size, stealth, speed
    triggered_by: str = ""  # the code of the incident that set it off
    records: tuple[tuple[str, int], ...] = ()  # stream -> rows of it that belong to the incident
    loss_minor: int = 0  # harm that is no movement: fines, costs, margin
    down_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """All incidents of a world, by time."""

    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one run made of one movement."""

    movement_id: str
    effective_us: int
    amount_minor: int
    outcome: Outcome
    status: Status
    refusal: Refusal
    rules: tuple[str, ...]  # codes of the rules that hit

    @property
    def stopped(self) -> bool:
        """The money did not move: refused, or set aside for review. A bid set aside by request is no stop."""
        return self.status == Status.REFUSED or (self.status == Status.HELD and self.outcome == Outcome.HOLD)

    @property
    def noticed(self) -> bool:
        """A person is told: a rule hit, a decision against it, or a refusal that speaks of a wrong."""
        return bool(self.rules) or self.outcome != Outcome.ALLOW or self.refusal in _TELLING_REFUSALS


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one incident ended."""

    incident: Incident
    found: bool
    found_us: int | None  # effective time of the first movement noticed
    hint_us: int | None  # of the first one noticed while it was prepared
    noticed_count: int  # of the incident's movements
    stopped_count: int
    prevented_minor: int  # harm that was stopped
    lost_minor: int  # harm that was booked, or never came before the engine
    rules: tuple[tuple[str, int], ...]  # code -> movements it hit, most first
    refusals: tuple[tuple[Refusal, int], ...]

    @property
    def delay_us(self) -> int | None:
        """Time from the incident's first movement to the first one noticed."""
        return None if self.found_us is None else self.found_us - self.incident.first_us


@dataclass(frozen=True, slots=True)
class Assessment:
    """Verdicts on all incidents, and what the same run did to honest movements."""

    verdicts: tuple[Verdict, ...]
    honest_count: int
    honest_noticed: int
    honest_stopped: int

    @property
    def found_count(self) -> int:
        return sum(verdict.found for verdict in self.verdicts)


def sighting(leaf: MovementLeaf, rule_codes: Sequence[str]) -> Sighting:
    """A sealed movement as a sighting. ``rule_codes`` are those of its rule set, in its order."""
    return Sighting(
        leaf.strings["movement_id"],
        leaf.fixed["effective_us"],
        leaf.fixed["amount_minor"],
        Outcome(leaf.fixed["outcome"]),
        Status(leaf.fixed["status"]),
        Refusal(leaf.fixed["refusal"]),
        tuple(code for code, hit in zip(rule_codes, leaf.hits, strict=True) if hit),
    )


def assess(truth: Truth, sightings: Iterable[Sighting]) -> Assessment:
    """Compare a run with the truth. Movements of an incident that were never seen count as lost."""
    crimes = {each for i in truth.incidents for each in (*i.movement_ids, *i.preparation_ids)}
    seen: dict[str, Sighting] = {}
    honest = noticed = stopped = 0
    for sight in sightings:
        if sight.movement_id in crimes:
            seen[sight.movement_id] = sight
            continue
        honest += 1
        noticed += sight.noticed
        stopped += sight.stopped and sight.noticed
    verdicts = tuple(_verdict(incident, seen) for incident in truth.incidents)
    return Assessment(verdicts, honest, noticed, stopped)


def _verdict(incident: Incident, seen: Mapping[str, Sighting]) -> Verdict:
    sights = [seen[movement_id] for movement_id in incident.movement_ids if movement_id in seen]
    noticed = [sight for sight in sights if sight.noticed]
    hints = [seen[each].effective_us for each in incident.preparation_ids if each in seen and seen[each].noticed]
    harm = frozenset(incident.harm_ids)
    prevented_minor = sum(s.amount_minor for s in sights if s.stopped and s.movement_id in harm)
    rules = Counter(code for sight in sights for code in sight.rules)
    refusals = Counter(s.refusal for s in sights if s.refusal != Refusal.NONE)
    return Verdict(
        incident=incident,
        found=bool(noticed),
        found_us=min((sight.effective_us for sight in noticed), default=None),
        hint_us=min((at_us for at_us in hints if at_us < incident.first_us), default=None),
        noticed_count=len(noticed),
        stopped_count=sum(sight.stopped for sight in sights),
        prevented_minor=prevented_minor,
        lost_minor=incident.amount_minor - prevented_minor,
        rules=tuple(rules.most_common()),
        refusals=tuple(refusals.most_common()),
    )
