"""Every kind of job there is. A kind that is not in this list cannot be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bulkhead.kernel.reasons import Words
from bulkhead.web.rights import Right
from bulkhead.web.tasks.job import Job
from bulkhead.web.tasks.playing_cases import play_case
from bulkhead.web.tasks.replaying import replay_corrected
from bulkhead.web.tasks.verifying import verify_journal

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobKind:
    """``work`` returns a JSON-able result and raises ``BadInput`` for what it cannot do.

    ``repeatable``: doing it twice leaves what doing it once does. Only then is it tried anew by itself when the
    database was away, and offered again after it failed.
    """

    code: str
    title: Words
    right: Right
    work: Callable[[Job], Result]
    repeatable: bool = False


VERIFY, REPLAY, PLAY_CASE = "verify", "replay-corrected", "play-case"
KINDS: Mapping[str, JobKind] = {
    kind.code: kind
    for kind in (
        JobKind(VERIFY, Words("Verify the journal", "校验日志账"), Right.VERIFY, verify_journal, repeatable=True),
        JobKind(
            REPLAY,
            Words("Replay corrected rows", "重放已更正的记录"),
            Right.MEND_QUARANTINE,
            replay_corrected,
            repeatable=True,  # the engine books a row at most once
        ),
        JobKind(
            PLAY_CASE,
            Words("Play a case study", "运行案例演练"),
            Right.PLAY_CASES,
            play_case,
            repeatable=True,  # its result is kept at most once
        ),
    )
}


def title_of(code: str) -> Words:
    """The name of a kind, also of one that an earlier version had."""
    return KINDS[code].title if code in KINDS else Words(code, code)
