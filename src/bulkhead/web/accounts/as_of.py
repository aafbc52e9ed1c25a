"""As of when: a position of the journal, or a moment by the institution's clocks."""

from __future__ import annotations

import re

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.projections.account_reading import position_at, position_of
from bulkhead.runtime.projections.movement_query import Reading
from bulkhead.web.components.filters import Text, Unusable
from bulkhead.web.components.spans import TimeSpan
from bulkhead.web.page import Visit
from bulkhead.web.readings import reading_of

_POSITION = re.compile(r"#?([0-9][0-9,]{0,18})")
_TITLE = Words("As of: position or time", "截至：日志序号或时间")
_MOMENT = TimeSpan("at", _TITLE)
_NEITHER = Words(
    "it is neither a position such as 1200 nor a time such as 2026-03-01 18:00",
    "应为日志序号（如 1200）或时间（如 2026-03-01 18:00）",
)


def canonical(visit: Visit, text: str) -> str:
    """The position that is meant, as a number. Raises ``Unusable``."""
    found = _POSITION.fullmatch(text)
    with reading_of(visit) as reading:
        if found is None:
            try:
                at_us = _MOMENT.number(visit, text, end=True)
            except Unusable:
                raise Unusable(_NEITHER) from None
            return str(position_at(reading, at_us))
        try:
            return str(position_of(reading, int(found[1].replace(",", ""))))
        except BadInput:
            end = reading.projected_to()
            raise Unusable(
                Words(f"the journal's tables end at {end:,}", f"日志数据目前截至第 {end:,} 条")
            ) from None


def shown(visit: Visit, text: str) -> str:
    """A position on a chip."""
    return f"#{int(text):,}"


AS_OF = Text("at", _TITLE, "1200", canonical=canonical, shown=shown)


def asked_position(visit: Visit, reading: Reading) -> tuple[int, bool]:
    """The position in the address and whether there is a usable one; else as far as the tables go."""
    try:
        text = AS_OF.read(visit, {"at": visit.request.GET.getlist("at")})
    except Unusable:
        text = None
    return (position_of(reading, None), False) if text is None else (int(str(text)), True)


def moment_before(reading: Reading, at: int) -> int | None:
    """The effective time the book had reached at a position; None before the first movement."""
    rows = reading.rows(
        "SELECT effective_us FROM movement WHERE institution = %(institution)s AND sequence < %(at)s"
        " ORDER BY sequence DESC LIMIT 1",
        {"at": at},
    )
    return int(rows[0][0]) if rows else None
