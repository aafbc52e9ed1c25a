"""Must-show 5 of the simulation: seeded bad days lose and double nothing, and planted bugs are caught.

Each day plays another slice of the first 10,000 seeds. ``BULKHEAD_FAULT_SEEDS=600:900`` plays that one instead; the
slice stands in the test's output, and a failing seed in its message as the command that shows it again.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import Future
from functools import partial

import pytest

from bulkhead.runtime.fault_runs.campaign import one_line, parts_of, play_many
from bulkhead.runtime.fault_runs.mutants import MUTANTS
from bulkhead.runtime.fault_runs.playing import play
from bulkhead.runtime.fault_runs.seeded_workers import Killed, SeededWorkers
from bulkhead.runtime.worker import NewWorker, Worker, Works
from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.faults.weather import Trouble

RUNS = 200
SEEDS = 10_000
MUTANT_RUNS = 300
DAY_S = 86_400


def seeds_of_today() -> range:
    """The slice asked for, or that of the day."""
    asked = os.environ.get("BULKHEAD_FAULT_SEEDS", "")
    if asked:
        first, end = (int(number) for number in asked.split(":"))
        return range(first, end)
    first = int(time.time()) // DAY_S * RUNS % SEEDS
    return range(first, first + RUNS)


def test_nothing_acknowledged_is_lost_or_doubled_on_any_of_todays_bad_days() -> None:
    seeds = seeds_of_today()
    print(f"bulkhead fault-runs --seeds {seeds.start}:{seeds.stop}")
    campaign = play_many(seeds, jobs=2)
    failing = [f"{one_line(seed)}  # {what}" for seed, what in campaign.broken.items()]
    assert not failing, "\n".join(failing)
    assert campaign.runs == len(seeds)
    if campaign.runs >= RUNS:
        missing = {kind.value for kind in Trouble} - campaign.faults.keys()
        assert not missing, "so many bad days meet every kind of fault"
        assert campaign.crashes > campaign.runs, "engines crash more than once a run"
        assert campaign.acknowledged > 10 * campaign.runs


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_planted_bug_is_caught_within_a_few_hundred_seeds(mutant: str) -> None:
    campaign = play_many(range(MUTANT_RUNS), mutant=mutant, stop_at_first=True)
    assert campaign.broken, f"{mutant} survives {campaign.runs} bad days"
    (seed,) = campaign.broken
    print(one_line(seed, mutant), "#", campaign.broken[seed])
    again = play(seed, parts_of(mutant))
    assert again.broken == campaign.broken[seed], "the one line shows it again"
    assert not play(seed).broken, "and it is the planted bug that it shows"


def test_a_seed_is_the_same_bad_day_every_time() -> None:
    for seed in (3, 29):
        once, again = play(seed), play(seed)
        assert once == again
        assert len(once.steps) > 30
    assert play(3).steps != play(4).steps


def test_seeded_workers_keep_the_laws_of_the_thread() -> None:
    makers: tuple[NewWorker, ...] = (Worker, SeededWorkers(Draw(1, "workers")))
    stories = [_story_until_seven(new_worker) for new_worker in makers]
    assert stories[0] == stories[1] == ([0, 1, 2, 3, 4, 5, 6], [7])


def test_a_killed_process_does_nothing_any_more() -> None:
    workers = SeededWorkers(Draw(1, "workers"))
    told: list[Future[None]] = []

    def die(items: list[int]) -> None:
        raise Killed

    doomed = workers("commit", die, waiting_max=4)
    other: Works[int] = workers("project", lambda items: told.append(Future()), waiting_max=4)
    doomed.put(1)
    other.put(1)
    with pytest.raises(Killed):
        doomed.join()
    for ask in (doomed.join, other.join, lambda: other.put(2)):
        with pytest.raises(Killed):
            ask()
    assert not told


def _story_until_seven(new_worker: NewWorker) -> tuple[list[int], list[int]]:
    """What was done and what was dropped by a worker that fails of a seven."""
    done: list[int] = []
    dropped: list[int] = []

    def work(items: list[int]) -> None:
        if 7 in items:
            raise ValueError("seven")
        done.extend(items)

    worker = new_worker("test", work, waiting_max=50, together=1, drop=lambda item, why: dropped.append(item))
    for number in range(7):
        worker.put(number)
    worker.join()
    worker.put(7)
    for ask in (worker.join, partial(worker.put, 8), worker.join, worker.stop):
        with pytest.raises(ValueError, match="seven"):
            ask()
    return done, dropped
