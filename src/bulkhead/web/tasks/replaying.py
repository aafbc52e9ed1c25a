"""The job that has the running engine take all corrected rows, some at a time."""

from __future__ import annotations

from typing import Any

from bulkhead.runtime.service.commands import Person, Replayed, ReplayRows
from bulkhead.runtime.service.engine_pool import EnginePool
from bulkhead.web.books import book
from bulkhead.web.starting import house
from bulkhead.web.tasks.job import Job

ROUNDS_MAX = 100_000
FAILED_SHOWN_MAX = 50


def replay_corrected(job: Job) -> dict[str, Any]:
    """What became of the rows. Raises ``BadInput`` where no engine runs or it refuses."""
    waiting = book(job.institution).stores.quarantine.counts().get("corrected", 0)
    job.log(f"Corrected rows that wait: {waiting:,}.", f"待重放的已更正记录：{waiting:,} 条。")
    by = Person(job.account.person.code, job.account.username)
    booked = 0
    failed: list[int] = []
    with EnginePool(house().settings) as engines:
        for _ in range(ROUNDS_MAX):
            job.progress(booked + len(failed), max(waiting, booked + len(failed)))
            reply = engines.ask(job.institution, ReplayRows(by))
            assert isinstance(reply, Replayed), reply
            booked += sum(row.sequence is not None for row in reply.rows)
            failed += [row.number for row in reply.rows if row.sequence is None]
            if not reply.more:
                break
    done = booked + len(failed)
    job.progress(done, max(waiting, done))
    job.log(
        f"Taken: {booked:,}; open again: {len(failed):,}.", f"已入账：{booked:,}；退回待处理：{len(failed):,}。"
    )
    return {"taken": booked, "failed": len(failed), "failed_rows": failed[:FAILED_SHOWN_MAX]}
