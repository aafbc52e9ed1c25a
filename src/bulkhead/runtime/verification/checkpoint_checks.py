"""The roots that were signed: in the database, beside it, and on the note a person brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulkhead.kernel.checkpoints import NoteKey, open_checkpoint, origin_of
from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.keys import VerifyingKey
from bulkhead.runtime.verification.findings import Finding

if TYPE_CHECKING:  # wiring asks here before it lets anyone write
    from bulkhead.runtime.wiring import Stores


@dataclass(frozen=True, slots=True)
class Root:
    """The root a journal had at a size, and who says so."""

    size: int
    root: bytes
    origin: str


def check_checkpoints(stores: Stores, outside: OutsideCheckpoint | None, since: str | None) -> list[Root]:
    """Every root that a sound signature stands for. ``outside`` was read before ``stores``: it is written after.

    Raises ``BadInput`` for a ``since`` that is no checkpoint of this institution, ``Finding`` for a stored one
    whose signature does not hold, and when the database lacks the one that is kept beside it.
    """
    key = NoteKey(origin_of(stores.code), stores.keys.signing_key(stores.code).public_key)
    stored = stores.journal.checkpoints()
    roots = []
    for size, note in stored:
        roots.append(open_note(note, key, f"The checkpoint stored at size {size}"))
        if roots[-1].size != size:
            raise Finding(f"The checkpoint stored at size {size} was signed over {roots[-1].size} leaves.")
    if outside is not None and outside.note not in (note for _, note in stored):
        root = outside.root
        raise Finding(f"{root.origin} was signed over {root.size} leaves; the database has lost it.")
    if since is not None:
        try:
            roots.append(open_note(since, key, "The checkpoint given"))
        except Finding as error:
            raise BadInput(str(error)) from None
    return roots


@dataclass(frozen=True, slots=True)
class OutsideCheckpoint:
    """The latest note, as it is kept beside the database."""

    note: str
    root: Root


def outside_checkpoint(stores: Stores) -> OutsideCheckpoint | None:
    """The note beside the database; None where there is none. Raises ``Finding`` when it is not sound."""
    latest, origin = stores.checkpoints / "latest", "The checkpoint kept outside the database"
    if not latest.is_file():
        return None
    try:
        note = latest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Finding(f"{origin} cannot be read: {error}") from None
    key = NoteKey(origin_of(stores.code), stores.keys.signing_key(stores.code).public_key)
    return OutsideCheckpoint(note, open_note(note, key, origin))


def open_note(note: str, key: NoteKey, origin: str) -> Root:
    """The root that a note stands for. Raises ``Finding`` when the key has not signed it."""
    try:
        checkpoint = open_checkpoint(str(note).encode(), [key], VerifyingKey)
    except (ValueError, BadInput) as error:
        raise Finding(f"{origin} is not soundly signed by this institution: {error}") from None
    return Root(checkpoint.size, checkpoint.root, origin)
