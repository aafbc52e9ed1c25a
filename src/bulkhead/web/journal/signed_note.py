"""A checkpoint that somebody has kept and brings back."""

from __future__ import annotations

from bulkhead.kernel.checkpoints import NOTE_BYTES_MAX
from bulkhead.kernel.reasons import Words
from bulkhead.runtime.journal_reading import note_key
from bulkhead.runtime.verification.checkpoint_checks import open_note
from bulkhead.runtime.verification.findings import Finding
from bulkhead.web.books import book
from bulkhead.web.components.filters import Unusable
from bulkhead.web.page import Visit

_NOT_SIGNED = Words("This is no checkpoint that this institution has signed.", "这不是由本机构签署的有效检查点。")


def signed_note(visit: Visit, text: str) -> str:
    """A checkpoint that somebody has kept, byte for byte. Raises ``Unusable`` for what this house has not signed."""
    note = text.replace("\r\n", "\n").strip("\n") + "\n"
    try:
        if len(note.encode("utf-8", "replace")) > NOTE_BYTES_MAX:
            raise Finding("too long")
        open_note(note, note_key(book(visit.institution).stores), "The checkpoint given")
    except Finding:
        raise Unusable(_NOT_SIGNED) from None
    return note
