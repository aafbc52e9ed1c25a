"""Every kind of incident played in whole worlds, decided by the shipped rules, and held against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from bulkhead.decision.rule_set import RuleSet, parse_rule_set
from bulkhead.kernel.plugins import discover
from bulkhead.simulation.calendar import MINUTE_US
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.kinds import IncidentKind
from bulkhead.simulation.platform.platform import Platform
from bulkhead.simulation.platform.setting import OFFSET_MINUTES, Planned, Setting
from bulkhead.simulation.scoring.decided import decide
from bulkhead.simulation.scoring.scores import WorldScore, score

# At the beginning nothing happens and nothing is counted: the rules look back thirty days, and everybody is new.
QUIET_DAYS = 30
EXPECTED_RECALL = 0.9
FALSE_ALARMS_A_DAY = 20.0  # for 100,000 clients
# What custody and the first rules have to see, as it passes the engine movement by movement. The others need what is
# yet to be built: detectors over loans and owners, the flow graph, indicators over the records of other systems.
ENGINE_SEES = frozenset({"account-takeover", "insider-misuse", "mule-network", "pooled-funds", "structuring"})


@dataclass(frozen=True, slots=True)
class Size:
    """How large each world is."""

    clients: int
    days: int


def incident_kinds() -> dict[str, IncidentKind]:
    """All kinds there are, by code."""
    return discover("bulkhead.simulation.incidents", "INCIDENT", IncidentKind)


def planned(seed: int, days: int) -> tuple[Planned, ...]:
    """Each kind once, beginning on a day the seed chooses, early enough to be played out; too long ones begin first."""
    draw = Draw(seed, "when incidents begin")
    plans = []
    for kind in incident_kinds().values():
        last = max(QUIET_DAYS, days - kind.days - 2)
        plans.append(Planned(kind.code, draw.between(QUIET_DAYS, last)))
    return tuple(plans)


def score_world(seed: int, size: Size, rule_text: str) -> WorldScore:
    """One world with every kind of incident in it."""
    rule_set: RuleSet = parse_rule_set(rule_text)
    world = Platform(Setting(seed, size.clients, size.days, planned(seed, size.days))).world()
    decided = decide(world, rule_set)
    return score(
        world.truth,
        decided,
        seed=seed,
        clients=size.clients,
        days=size.days - QUIET_DAYS,
        counted_from_us=world.calendar.midnight_us(QUIET_DAYS),
        offset_us=OFFSET_MINUTES * MINUTE_US,
    )


def score_worlds(seeds: Iterable[int], size: Size, rule_text: str, processes: int) -> Iterator[WorldScore]:
    """Worlds of these seeds, each as it is done, in their order."""
    one = partial(score_world, size=size, rule_text=rule_text)
    if processes == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, seeds)
