"""The one task of the queue: carries out a job run, in the worker's process, and writes down what became of it."""

from __future__ import annotations

import logging
import time
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.service.engine_client import NoAnswer
from bulkhead.runtime.store.journal_store import JournalDamaged
from bulkhead.web.people.standing import roles_by_institution
from bulkhead.web.rights import rights_of
from bulkhead.web.tasks.job import Cancelled, Job, WorkerEnds, kept_words
from bulkhead.web.tasks.kinds import KINDS, JobKind
from bulkhead.web.tasks.models import CANCELLED, DONE, FAILED, RUNNING, WAITING, JobRun
from bulkhead.web.tasks.queueing import QUEUE, TASK
from bulkhead.web.tasks.texts import (
    CANCELLED_WITHIN,
    NO_DATABASE,
    NOT_ALLOWED,
    TRIED_ANEW,
    UNKNOWN_KIND,
    WENT_WRONG,
    WORKER_ENDED,
)

TRIES_MAX = 3  # of a repeatable kind whose database went away
PAUSE_S = 2.0
_log = logging.getLogger("bulkhead.jobs")


@app.task(name=TASK, queue=QUEUE)
def carry_out(run: int) -> None:
    """Do one run, if it still waits."""
    if not JobRun.objects.filter(pk=run, state=WAITING).update(state=RUNNING, started_at=timezone.now()):
        return  # cancelled meanwhile
    job_run = JobRun.objects.select_related("account__person").get(pk=run)
    kind = KINDS.get(job_run.kind)
    if kind is None:
        _end(run, FAILED, error=UNKNOWN_KIND)
    elif not _may(job_run, kind):
        _end(run, FAILED, error=NOT_ALLOWED)
    else:
        _work(job_run, kind)


def _may(run: JobRun, kind: JobKind) -> bool:
    """Rights are asked again when the work begins: a job may have waited for long."""
    roles = roles_by_institution(run.account).get(run.institution, frozenset())
    return run.account.is_active and kind.right in rights_of(roles)


def _work(run: JobRun, kind: JobKind) -> None:
    job = Job(run)
    for attempt in range(TRIES_MAX if kind.repeatable else 1):
        if attempt:
            time.sleep(PAUSE_S)
            close_old_connections()
            job.log(TRIED_ANEW.en, TRIED_ANEW.zh)
        try:
            result = kind.work(job)
        except (ConnectionError, psycopg.OperationalError, OperationalError, InterfaceError):
            _log.warning("job %s: the database is away", run.pk, exc_info=True)
            continue
        except Cancelled:
            return _end(run.pk, CANCELLED, error=CANCELLED_WITHIN)
        except WorkerEnds:
            return _end(run.pk, FAILED, error=WORKER_ENDED)
        except (BadInput, NoAnswer, JournalDamaged) as problem:
            return _end(run.pk, FAILED, error=Words(str(problem), str(problem)))
        except Exception:  # noqa: BLE001 whatever it was, the run must not stay running
            _log.exception("job %s failed", run.pk)
            return _end(run.pk, FAILED, error=WENT_WRONG)
        return _end(run.pk, DONE, result=result)
    return _end(run.pk, FAILED, error=NO_DATABASE)


def _end(run: int, state: str, *, result: dict[str, Any] | None = None, error: Words | None = None) -> None:
    JobRun.objects.filter(pk=run).update(
        state=state, result=result, error=error and kept_words(error), ended_at=timezone.now()
    )
