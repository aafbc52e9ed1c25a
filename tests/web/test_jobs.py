"""Long work beside the pages: done by a process of its own, seen while it works, and never lost without a word."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bulkhead.web.tasks.keeping import Keeper, worker_beside
from command_line import CommandLine
from web_fixtures import OTHER, ConsoleHouse, Staff, entered

WAIT_S_MAX = 40.0


def until(condition: Callable[[], object], what: str) -> None:
    """Wait until something comes true."""
    deadline = time.monotonic() + WAIT_S_MAX
    while not condition():
        assert time.monotonic() < deadline, f"waited {WAIT_S_MAX} s for {what}"
        time.sleep(0.05)


@pytest.fixture
def worker(console_house: ConsoleHouse) -> Iterator[Keeper]:
    """The worker's process, up and holding the right to work."""
    from bulkhead.web.starting import house
    from bulkhead.web.tasks.liveness import worker_is_alive

    with worker_beside(house()) as keeper:
        until(worker_is_alive, f"the worker: {list(keeper.said)}")
        yield keeper


@contextmanager
def verification_held(house: ConsoleHouse) -> Iterator[None]:
    """Every verification stands still at its beginning, as one of a large journal would take long."""
    with house.database.connect() as connection:
        connection.execute("LOCK TABLE journal_node IN ACCESS EXCLUSIVE MODE")
        yield


def test_a_verification_is_asked_for_done_and_read(staff: Staff, town: str, worker: Keeper) -> None:
    from bulkhead.web.tasks.models import DONE, JobRun

    client = entered(staff("auditor"))
    answer = client.post(f"/i/{town}/journal/verify/")
    run = JobRun.objects.get(pk=answer["Location"].split("/")[-2])  # one that waited already does as well
    assert answer["Location"] == f"/i/{town}/jobs/{run.pk}/"
    until(lambda: not JobRun.objects.get(pk=run.pk).is_live, "the end of the job")
    run.refresh_from_db()
    assert (run.state, run.result and run.result["sound"]) == (DONE, True), run.error
    page = client.get(f"/i/{town}/jobs/{run.pk}/").text
    assert "Everything is in order" in page
    assert "hx-get" not in page.split('id="main"')[1]  # what has ended is not asked for again
    assert client.get(f"/i/{town}/jobs/").status_code == 200


def test_a_job_of_a_killed_worker_is_told_and_run_again(
    console_house: ConsoleHouse, staff: Staff, town: str, worker: Keeper
) -> None:
    from bulkhead.web.tasks.models import FAILED, RUNNING, JobRun

    client = entered(staff("auditor"))
    with verification_held(console_house):
        client.post(f"/i/{town}/journal/verify/")
        run = JobRun.objects.latest("pk")
        until(lambda: JobRun.objects.get(pk=run.pk).state == RUNNING, "the job to begin")
        assert "hx-get" in client.get(f"/i/{town}/jobs/{run.pk}/").text
        first = worker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        until(lambda: JobRun.objects.get(pk=run.pk).state == FAILED, "the new worker to settle the run")
        assert worker.starts == 2
        assert worker.pid != first
    page = client.get(f"/i/{town}/jobs/{run.pk}/").text
    assert "ended in the middle" in page
    answer = client.post(f"/i/{town}/jobs/{run.pk}/again/")
    again = JobRun.objects.latest("pk")
    assert answer["Location"] == f"/i/{town}/jobs/{again.pk}/"
    assert again.pk != run.pk
    until(lambda: not JobRun.objects.get(pk=again.pk).is_live, "the second run")
    assert JobRun.objects.get(pk=again.pk).state == "done"


def test_one_of_a_kind_at_a_time_and_cancelled_by_whoever_may(
    console_house: ConsoleHouse, staff: Staff, town: str, worker: Keeper
) -> None:
    from bulkhead.web.tasks.models import CANCELLED, RUNNING, JobRun

    asker, other, analyst = staff("auditor"), staff("risk-officer"), staff("rule-analyst")
    with verification_held(console_house):
        entered(asker).post(f"/i/{town}/journal/verify/")
        run = JobRun.objects.latest("pk")
        until(lambda: JobRun.objects.get(pk=run.pk).state == RUNNING, "the job to begin")
        second = entered(other).post(f"/i/{town}/journal/verify/", follow=True)
        assert "being done already" in second.text
        assert JobRun.objects.filter(institution=town, state=RUNNING).count() == 1
        # Neither seen nor ended by somebody who has no right to either.
        assert entered(analyst).get(f"/i/{town}/jobs/{run.pk}/").status_code == 404
        assert entered(analyst).post(f"/i/{town}/jobs/{run.pk}/cancel/").status_code == 404
        assert entered(asker).post(f"/i/{town}/jobs/{run.pk}/cancel/").status_code == 302
    until(lambda: not JobRun.objects.get(pk=run.pk).is_live, "the end of the job")
    assert JobRun.objects.get(pk=run.pk).state == CANCELLED


def test_what_waits_is_cancelled_without_a_worker(staff: Staff, town: str) -> None:
    from bulkhead.web.tasks.liveness import worker_is_alive
    from bulkhead.web.tasks.models import JobRun

    assert not worker_is_alive()
    client = entered(staff("auditor"))
    client.post(f"/i/{town}/journal/verify/")
    run = JobRun.objects.latest("pk")
    page = client.get(f"/i/{town}/jobs/{run.pk}/").text
    assert "No worker" in page
    client.post(f"/i/{town}/jobs/{run.pk}/cancel/")
    assert "cancelled before it began" in client.get(f"/i/{town}/jobs/{run.pk}/").text


def test_somebody_elses_institution_has_no_jobs_here(staff: Staff, town: str) -> None:
    client = entered(staff("auditor"))
    assert client.post(f"/i/{OTHER}/journal/verify/").status_code == 404
    assert client.get(f"/i/{OTHER}/jobs/").status_code == 404


def test_a_right_that_was_taken_meanwhile_is_missed(staff: Staff, town: str) -> None:
    from bulkhead.web.people.models import Grant
    from bulkhead.web.tasks.carrying_out import carry_out
    from bulkhead.web.tasks.models import FAILED, JobRun

    account = staff("auditor")
    entered(account).post(f"/i/{town}/journal/verify/")
    run = JobRun.objects.latest("pk")
    Grant.objects.filter(account=account).delete()
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == FAILED
    assert "no longer has the right" in str(run.error)


def test_a_killed_console_leaves_no_worker_behind(tmp_path: Path) -> None:
    console = CommandLine(tmp_path).start("console", "--port", "0")
    try:
        until(lambda: children_of(console.pid), "the worker")
        (worker,) = children_of(console.pid)
        console.kill()
        console.wait()
        until(lambda: not Path(f"/proc/{worker}").exists(), "the end of the worker")
    finally:
        console.kill()
        console.wait()


def children_of(pid: int) -> list[int]:
    """The worker processes that a console has started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for file in found for child in file.read_text().split()]
    return [child for child in children if b"worker_process" in Path(f"/proc/{child}/cmdline").read_bytes()]
