"""Names of parties as a person may see them: in the clear, or only so far that two of them stay apart."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from threading import Lock

from bulkhead.kernel.reasons import Words
from bulkhead.web.books import book
from bulkhead.web.page import Visit, language_now
from bulkhead.web.rights import Right

TOKEN = re.compile(r"[a-z2-7]{16}")  # what the vault puts in a value's place
KEPT_MAX, KEPT_S = 50_000, 60.0  # a name that was erased is gone from the pages within a minute

PLACES: dict[str, Words] = {
    "book:summary": Words("at the custodian", "存管银行汇总户"),
    "book:fee": Words("fee account", "手续费账户"),
    "book:own": Words("own account", "平台自有账户"),
    "book:suspense": Words("suspense", "待查账户"),
}


class _Revealed:
    """Values behind the names of one institution, for a while."""

    def __init__(self) -> None:
        self.values: dict[str, str | None] = {}
        self.since_s = time.monotonic()


_revealed: dict[str, _Revealed] = {}
_lock = Lock()


def shown_names(visit: Visit, names: Iterable[str]) -> dict[str, str]:
    """Name as the journal has it -> text for this visitor: ``client:ann``, or ``client:a***·q5ad`` when masked.

    Names that never were personal stand as they are, the book's own places in words, and a token whose value
    was erased as itself. Raises ``BadInput`` when the vault's keys are not those of the database.
    """
    wanted = set(names)
    values = _values(visit.institution, {name for name in wanted if is_token(name)})
    clear = visit.may(Right.SEE_NAMES)
    return {name: _text(name, values.get(name), clear) for name in wanted}


def is_token(name: str) -> bool:
    """Whether a name of the journal stands for a personal value."""
    return TOKEN.fullmatch(name.partition(":")[2]) is not None


def _text(name: str, value: str | None, clear: bool) -> str:
    if name in PLACES:
        return PLACES[name][language_now()]
    if value is None:
        return name
    entity, _, token = name.partition(":")
    return f"{entity}:{value}" if clear else f"{entity}:{value[:1]}***·{token[-4:]}"


def _values(institution: str, names: set[str]) -> dict[str, str | None]:
    with _lock:
        kept = _revealed.get(institution)
        if kept is None or time.monotonic() - kept.since_s > KEPT_S or len(kept.values) > KEPT_MAX:
            kept = _revealed[institution] = _Revealed()
        values = {name: kept.values[name] for name in names if name in kept.values}
    fresh = sorted(names - values.keys())
    if fresh:
        found = dict(zip(fresh, book(institution).stores.vault.reveal(fresh), strict=True))
        with _lock:
            kept.values |= found
        values |= found
    return values
