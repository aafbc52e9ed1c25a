"""What a job is given while it works: a way to say how far it is, and to hear that it should end."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.utils import timezone

from bulkhead.kernel.reasons import Words
from bulkhead.web.people.models import Account
from bulkhead.web.tasks.models import JobRun

LOG_LINES_MAX = 200
TOLD_EVERY_S = 0.25
worker_ends = threading.Event()  # this process has been told to end


class Cancelled(Exception):
    """Somebody who may do so has asked the job to end."""


class WorkerEnds(Exception):
    """The process that does the job ends, and the job with it."""


class Job:
    """One run, in the hands of the function that does it. For one thread."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._told_s = 0.0
        self._log: list[dict[str, Any]] = list(run.log)

    @property
    def number(self) -> int:
        """The number of the run."""
        return self._run.pk

    @property
    def institution(self) -> str:
        return self._run.institution

    @property
    def account(self) -> Account:
        """Who asked for it."""
        return self._run.account

    @property
    def arguments(self) -> dict[str, Any]:
        """What it was asked with, as JSON keeps it."""
        return dict(self._run.arguments)

    def progress(self, done: int, of: int) -> None:
        """Say how far it is. Raises ``Cancelled`` or ``WorkerEnds``, at the latest within a second of the wish."""
        if worker_ends.is_set():
            raise WorkerEnds
        now_s = time.monotonic()
        if now_s - self._told_s < TOLD_EVERY_S and done != of:
            return
        self._told_s = now_s
        JobRun.objects.filter(pk=self._run.pk).update(done=done, of=of)
        if JobRun.objects.filter(pk=self._run.pk, cancel_asked=True).exists():
            raise Cancelled

    def log(self, en: str, zh: str) -> None:
        """Add a line. The first and the latest are kept where there are too many."""
        self._log.append({"at": timezone.now().isoformat(), "en": en[:500], "zh": zh[:500]})
        if len(self._log) > LOG_LINES_MAX:
            del self._log[LOG_LINES_MAX // 2]
        JobRun.objects.filter(pk=self._run.pk).update(log=self._log)


def words_of(kept: dict[str, str]) -> Words:
    """Words out of what JSON keeps of them."""
    return Words(kept["en"], kept["zh"])


def kept_words(words: Words) -> dict[str, str]:
    """Words as JSON keeps them."""
    return {"en": words.en, "zh": words.zh}
