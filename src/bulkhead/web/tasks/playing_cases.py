"""The job that plays a case study with and without the mechanism and keeps what it found."""

from __future__ import annotations

from typing import Any

from bulkhead.kernel.errors import BadInput
from bulkhead.simulation.case_studies.case import CLIENTS, case_of
from bulkhead.simulation.case_studies.result import encode_case
from bulkhead.simulation.case_studies.study import Asked, SeedFound, study
from bulkhead.web.case_studies.models import CaseStudyRun
from bulkhead.web.tasks.job import Job

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
    done = 0

    def told(found: SeedFound) -> None:
        nonlocal done
        done += 1
        job.progress(done, count)
        identified = found.run.identified
        if identified is None:
            job.log(f"Seed {found.run.seed}: not identified.", f"种子 {found.run.seed}：未识别。")
        else:
            told_of = identified.title
            job.log(f"Seed {found.run.seed}: {told_of.en}.", f"种子 {found.run.seed}：{told_of.zh}。")

    job.progress(0, count)
    result = study(Asked(code, seeds, CLIENTS, case.days), told=told)
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
