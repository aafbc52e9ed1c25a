"""Who does the jobs of a house: one process, known by a lock that the database drops with its connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
from django.db import connection
from django.utils import timezone
from procrastinate import jobs
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from bulkhead.runtime.database.connect import Database
from bulkhead.web.tasks.job import kept_words
from bulkhead.web.tasks.models import FAILED, RUNNING, WAITING, JobRun
from bulkhead.web.tasks.queueing import QUEUE, TASK
from bulkhead.web.tasks.texts import WORKER_DIED

_LOCK = 0x4248_574B  # "BHWK": in the one-key space of advisory locks, which nothing else here uses
BEAT_S = 2.0
_ALIVE = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = 0 AND objid = %s::bigint::oid)
"""


def worker_is_alive() -> bool:
    """Whether some process does the jobs of this house now."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIVE, [_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])


class OneWorker:
    """The right to do the jobs. ``take`` waits for it; ``lost`` is called once when it is gone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.Connection | None = None

    def take(self, ended: threading.Event) -> bool:
        """Wait until no other process holds it; False when told to end meanwhile."""
        self._connection = self._database.connect(autocommit=True)
        while not ended.is_set():
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s::bigint)", [_LOCK]).fetchone()
            if row is not None and row[0]:
                return True
            ended.wait(BEAT_S)
        return False

    def watch(self, lost: Callable[[], None]) -> None:
        """Look after the connection from a thread: without it another process may work already."""

        def look() -> None:
            assert self._connection is not None, "take comes first"
            while True:
                time.sleep(BEAT_S)
                try:
                    self._connection.execute("SELECT 1")
                except psycopg.Error:
                    return lost()

        threading.Thread(target=look, name="one-worker", daemon=True).start()


def settle_interrupted() -> int:
    """Mark the runs of a worker that is no more as failed; gives how many. Only for whoever holds the right.

    A run that waits but has no place in the queue any more gets a new one.
    """
    interrupted = JobRun.objects.filter(state=RUNNING).update(
        state=FAILED, error=kept_words(WORKER_DIED), ended_at=timezone.now()
    )
    for number in ProcrastinateJob.objects.filter(status="doing").values_list("pk", flat=True):
        _forget(number)
    queued = {
        job["args"].get("run")
        for job in ProcrastinateJob.objects.filter(status="todo", task_name=TASK).values("args")
    }
    for run in JobRun.objects.filter(state=WAITING).exclude(pk__in=queued):
        app.configure_task(TASK, queue=QUEUE).defer(run=run.pk)
    return interrupted


def _forget(number: int) -> None:
    from asgiref.sync import async_to_sync

    async_to_sync(app.job_manager.finish_job_by_id_async)(
        job_id=number, status=jobs.Status.FAILED, delete_job=True
    )
