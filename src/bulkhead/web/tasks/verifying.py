"""The job that walks a whole journal and checks everything against it."""

from __future__ import annotations

from typing import Any

from bulkhead.runtime.verification.verifying import verify
from bulkhead.runtime.wiring import open_stores
from bulkhead.web.starting import house
from bulkhead.web.tasks.job import Job


def verify_journal(job: Job) -> dict[str, Any]:
    """The verdict as JSON. ``since`` of the arguments is a signed note that the journal must have grown from."""
    note = str(job.arguments.get("since") or "") or None
    of = house()
    # Stores of its own: a journal whose first leaf is damaged cannot be opened as a book, and must be verified.
    with open_stores(of.settings, of.database, job.institution) as stores:
        size = stores.journal.head().size
        job.log(f"The journal has {size:,} entries.", f"日志账共 {size:,} 条。")
        if note:
            job.log("It must have grown from the checkpoint given.", "须由所给检查点延续而来。")
        verdict = verify(stores, job.progress, note)
    if verdict.fault is None:
        job.log("Every entry, balance, list and checkpoint is right.", "全部记录、余额、投影与检查点均一致。")
    else:
        job.log(verdict.fault, verdict.fault)
    return verdict.as_json()
