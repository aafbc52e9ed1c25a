"""The job that plays a case study with and without the mechanism and keeps what it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation.case_studies.case import CLIENTS, case_of
from bulkhead.simulation.case_studies.result import encode_case
from bulkhead.simulation.case_studies.study import Asked, SeedFound, study
from bulkhead.web.case_studies.models import CaseStudyRun
from bulkhead.web.tasks.beside import done_beside
from bulkhead.web.tasks.job import Job

ASKED_EVERY_S = 0.5  # while a seed is played: whether somebody wants it to end
One = TypeVar("One")
Done = TypeVar("Done")
_WRONG = "The job does not say which case it is of and with which seeds."


def play_case(job: Job) -> dict[str, Any]:
    """Which run of which case was kept. Raises ``BadInput`` for a case that there is not."""
    code, first, count = (job.arguments.get(name) for name in ("case", "first", "count"))
    if not isinstance(code, str) or not isinstance(first, int) or not isinstance(count, int):
        raise BadInput(_WRONG)
    case, seeds = case_of(code), tuple(range(first, first + count))
    job.log(
        f"{case.title.en}: seeds {seeds[0]} to {seeds[-1]}, {CLIENTS:,} clients, {case.days} days.",
        f"{case.title.zh}：种子 {seeds[0]} 至 {seeds[-1]}，{CLIENTS:,} 名客户，{case.days} 天。",
    )

    steps = count + 1  # the seed that is shown is played once more
    done = 0

    def spread_out(work: Callable[[One], Done], each: Sequence[One], /) -> Iterator[Done]:
        nonlocal done
        begun, done = done, done + len(each)
        return _one_by_one(job, work, each, begun=begun, of=steps)

    result = study(Asked(code, seeds, CLIENTS, case.days), spread_out, lambda found: _tell(job, found))
    run, _ = CaseStudyRun.objects.get_or_create(
        job_id=job.number,
        defaults={
            "account": job.account,
            "institution": job.institution,
            "case": code,
            "seeds": list(seeds),
            "result": encode_case(result).decode(),
        },
    )
    return {"case": code, "run": run.pk, "seeds": count}


class Told(Protocol):
    """Who is told how far it has come, and may ask it to end by raising."""

    def progress(self, done: int, of: int) -> None: ...


def _one_by_one(
    job: Told, work: Callable[[One], Done], each: Sequence[One], *, begun: int, of: int
) -> Iterator[Done]:
    """Each in a process beside this one, so that a wish to end is heard while one is played."""

    def waiting(done: int) -> None:
        job.progress(begun + done, of)

    yield from done_beside(work, each, waiting, ASKED_EVERY_S)
    waiting(len(each))


def _tell(job: Job, found: SeedFound) -> None:
    seed, told = found.run.seed, found.run.identified
    if told is None:
        job.log(f"Seed {seed}: not identified.", f"种子 {seed}：未识别。")
    else:
        job.log(f"Seed {seed}: {told.title.en}.", f"种子 {seed}：{told.title.zh}。")
