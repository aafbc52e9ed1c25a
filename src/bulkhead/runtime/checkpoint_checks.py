"""The roots that were signed: in the database, beside it, and on the note a person brings."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.kernel.checkpoints import NoteKey, open_checkpoint, origin_of
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.keys import VerifyingKey
from bulkhead.runtime.wiring import Stores


@dataclass(frozen=True, slots=True)
class Root:
    """The root a journal had at a size, and who says so."""

    size: int
    root: bytes
    origin: str


def check_checkpoints(stores: Stores, since: str | None) -> list[Root]:
    """Every root that a sound signature stands for. Raises ``BadInput`` for a ``since`` that is no checkpoint
    of this institution, ``UnsoundCheckpoint`` for a stored one whose signature does not hold."""
    key = NoteKey(origin_of(stores.code), stores.keys.signing_key(stores.code).public_key)
    roots = [
        _open(note, key, f"The checkpoint stored at size {size}") for size, note in stores.journal.checkpoints()
    ]
    latest = stores.checkpoints / "latest"
    if latest.is_file():
        roots.append(_open(latest.read_text(encoding="utf-8"), key, "The checkpoint kept outside the database"))
    if since is not None:
        try:
            roots.append(_open(since, key, "The checkpoint given"))
        except UnsoundCheckpoint as error:
            raise BadInput(str(error)) from None
    return roots


class UnsoundCheckpoint(Exception):
    """A note that is no checkpoint of this journal's key."""


def _open(note: str, key: NoteKey, origin: str) -> Root:
    try:
        checkpoint = open_checkpoint(note.encode(), [key], VerifyingKey)
    except (ValueError, BadInput) as error:
        raise UnsoundCheckpoint(f"{origin} is not soundly signed by this institution: {error}") from None
    return Root(checkpoint.size, checkpoint.root, origin)
