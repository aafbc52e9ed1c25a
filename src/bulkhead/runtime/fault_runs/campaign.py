"""Many fault runs: what they met, and the first seeds that broke something."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from typing import Any

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.fault_runs.mutants import MUTANTS
from bulkhead.runtime.fault_runs.playing import Played, play
from bulkhead.runtime.fault_runs.process import Parts

SEEDS_MAX = 1_000_000
_TOGETHER = 10  # seeds a worker process takes at once
OnPlayed = Callable[[Played], None]


@dataclass(slots=True)
class Campaign:
    """What runs came to, summed up. ``broken``: seed -> what does not hold there."""

    runs: int = 0
    engines: int = 0
    crashes: int = 0
    leaves: int = 0
    acknowledged: int = 0
    sent_again: int = 0
    seconds: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)

    def add(self, played: Played) -> None:
        """Count one run in."""
        self.runs += 1
        self.engines += played.engines
        self.crashes += played.crashes
        self.leaves += played.leaves
        self.acknowledged += played.acknowledged
        self.sent_again += played.sent_again
        self.faults += played.faults
        if played.broken:
            self.broken[played.seed] = played.broken

    def as_dict(self) -> dict[str, Any]:
        """For machines; the faults with the most frequent first."""
        return asdict(self) | {"faults": dict(self.faults.most_common()), "seconds": round(self.seconds, 2)}


def play_many(
    seeds: Iterable[int],
    *,
    mutant: str = "",
    jobs: int = 1,
    stop_at_first: bool = False,
    on_played: OnPlayed = lambda played: None,
) -> Campaign:
    """Play these seeds, in ``jobs`` processes. Raises ``BadInput`` for a mutant there is not."""
    campaign, began_s = Campaign(), time.perf_counter()
    one = partial(_without_steps, mutant=mutant)
    parts_of(mutant)
    with _plays(one, seeds, jobs) as played_ones:
        for played in played_ones:
            campaign.add(played)
            campaign.seconds = time.perf_counter() - began_s
            on_played(played)
            if stop_at_first and played.broken:
                break
    return campaign


def parts_of(mutant: str) -> Parts:
    """The engine's parts with this bug planted; "" for none. Raises ``BadInput`` for a mutant there is not."""
    if mutant and mutant not in MUTANTS:
        raise BadInput(f"There is no mutant {mutant[:40]!r}; there are: {', '.join(MUTANTS)}.")
    return MUTANTS[mutant].parts if mutant else Parts()


def one_line(seed: int, mutant: str = "") -> str:
    """The command that shows a failing seed again."""
    return f"bulkhead fault-runs --seed {seed}" + (f" --mutant {mutant}" if mutant else "")


@contextmanager
def _plays(one: Callable[[int], Played], seeds: Iterable[int], jobs: int) -> Iterator[Iterable[Played]]:
    if jobs <= 1:
        yield map(one, seeds)
        return
    # Not forked: a copy of a process with threads and a database connection is no clean ground.
    with ProcessPoolExecutor(min(jobs, os.cpu_count() or 1), get_context("spawn")) as pool:
        try:
            yield pool.map(one, seeds, chunksize=_TOGETHER)
        finally:
            pool.shutdown(cancel_futures=True)


def _without_steps(seed: int, mutant: str) -> Played:
    """The trace of a run is long and can be had again."""
    return replace(play(seed, parts_of(mutant)), steps=())
