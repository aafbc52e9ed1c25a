"""Signed statements of a journal's head, as text that others can keep and check years later.

The formats are C2SP's ``signed-note`` and ``tlog-checkpoint``, byte for byte, so that the witnesses of other
transparency logs can countersign ours:

    bulkhead/harbour-bank                             origin: whose journal
    1169723                                           how many leaves
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=      root of their tree
                                                      an empty line ends the text that is signed
    — bulkhead/harbour-bank Az3grlgtzPICa5OS...       one line a signature: key name, key id and signature

The signing itself is Ed25519 and lives in ``runtime``; here it is an argument.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.merkle import HASH_BYTES, SIZE_MAX

ORIGIN_PREFIX = "bulkhead/"
NOTE_BYTES_MAX = 1_000_000  # sixteen post-quantum signatures need a tenth of it
SIGNATURES_MAX = 100
KEY_ID_BYTES = 4

_ED25519 = b"\x01"  # the algorithm's byte in key ids and key texts
_SIGNATURE_LINE = re.compile("— ([^ ]+) ([^ ]+)")
_NUMBER = re.compile("0|[1-9][0-9]{0,18}")


class Signer(Protocol):
    """A private Ed25519 key."""

    @property
    def public_key(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class Verifier(Protocol):
    """A public Ed25519 key that can check signatures."""

    def verify(self, message: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A name and the Ed25519 public key (32 bytes) that signs under it: what an auditor is given once."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        assert _is_key_name(self.name), self.name
        assert len(self.public_key) == 32, len(self.public_key)

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart. They are no proof of anything."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """``name+key id+key``: the form in which verifier keys are published."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """The key of its published form. Raises ``BadInput`` when it is none or its parts disagree."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if not _is_key_name(name) or data is None or data[:1] != _ED25519 or len(data) != 33:
            raise BadInput(f"{text[:80]!r} is not an Ed25519 verifier key of the form name+id+key.")
        key = cls(name, data[1:])
        if key.key_id.hex() != key_id:
            raise BadInput(
                f"The verifier key of {name} says its id is {key_id[:80]} but it is {key.key_id.hex()}."
            )
        return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line. ``data`` is 64 bytes for Ed25519; others sign with what we may not know."""

    name: str
    key_id: bytes
    data: bytes

    def __str__(self) -> str:
        return f"— {self.name} {_base64(self.key_id + self.data)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text, ending in a newline, and the signatures under it. Believe nothing of it before ``signers``."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    @classmethod
    def parse(cls, data: bytes) -> SignedNote:
        """The note of its bytes. Raises ``BadInput`` when they are not exactly one signed note."""
        if len(data) > NOTE_BYTES_MAX:
            raise BadInput(f"A signed note has at most {NOTE_BYTES_MAX:,} bytes; this one has {len(data):,}.")
        try:
            note = data.decode()
        except UnicodeDecodeError:
            raise BadInput("The signed note is not UTF-8 text.") from None
        if any(character < " " and character != "\n" for character in note):
            raise BadInput("The signed note holds control characters.")
        text, gap, lines = note.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise BadInput("The signed note does not end in an empty line and lines with signatures.")
        signatures = tuple(map(_parse_signature, lines[:-1].split("\n")))
        if len(signatures) > SIGNATURES_MAX:
            raise BadInput(f"The signed note has {len(signatures)} signatures; at most {SIGNATURES_MAX} are read.")
        return cls(text + "\n", signatures)

    def signed(self, name: str, signer: Signer) -> SignedNote:
        """This note with one more signature, in place of an earlier one of the same key."""
        key = NoteKey(name, signer.public_key)
        own = NoteSignature(name, key.key_id, signer.sign(self.text.encode()))
        others = (s for s in self.signatures if (s.name, s.key_id) != (name, key.key_id))
        return replace(self, signatures=(*others, own))

    def signers(self, keys: Iterable[NoteKey], verifier_of: Callable[[bytes], Verifier]) -> tuple[NoteKey, ...]:
        """Those of ``keys`` that have signed this text; signatures of other keys say nothing and are ignored.

        One wrong signature by a key that is known spoils the note: then there are none.
        """
        found = []
        for key in dict.fromkeys(keys):
            own = [s.data for s in self.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
            verifier = verifier_of(key.public_key)
            if not all(verifier.verify(self.text.encode(), data) for data in own):
                return ()
            if own:
                found.append(key)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a journal's tree, under the journal's name. ``extensions`` are other logs' own lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert all(line and "\n" not in line for line in (self.origin, *self.extensions))
        assert 0 <= self.size <= SIZE_MAX, self.size
        assert len(self.root) == HASH_BYTES, len(self.root)

    @property
    def text(self) -> str:
        """The exact text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, _base64(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint of its text. Raises ``BadInput`` when it is not exactly one."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise BadInput("A checkpoint has three lines: origin, size and root; none may be empty.")
        origin, size, root, *extensions = lines[:-1]
        if not _NUMBER.fullmatch(size) or int(size) > SIZE_MAX:
            raise BadInput(f"The checkpoint's second line is {size[:40]!r}, not a number of leaves.")
        decoded = _decoded(root)
        if decoded is None or len(decoded) != HASH_BYTES:
            raise BadInput(f"The checkpoint's third line is {root[:80]!r}, not the base64 of a 32-byte root.")
        return cls(origin, int(size), decoded, tuple(extensions))


def origin_of(institution: str) -> str:
    """The name of an institution's journal, which is also the name of the key that signs for it.

    Raises ``BadInput`` for a code that cannot stand in a key name.
    """
    if not _is_key_name(institution):
        raise BadInput(f"The institution's code {institution[:80]!r} may hold neither spaces nor a plus sign.")
    return ORIGIN_PREFIX + institution


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> SignedNote:
    """The checkpoint signed by its journal's own key."""
    return SignedNote(checkpoint.text).signed(checkpoint.origin, signer)


def open_checkpoint(data: bytes, keys: Iterable[NoteKey], verifier_of: Callable[[bytes], Verifier]) -> Checkpoint:
    """The checkpoint of a signed note, once a known key of its origin has been seen to sign it.

    Raises ``BadInput`` when it is malformed, not signed by such a key, or wrongly signed by any known key.
    """
    note = SignedNote.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    if all(key.name != checkpoint.origin for key in note.signers(keys, verifier_of)):
        raise BadInput(
            f"The checkpoint of {checkpoint.origin[:80]!r} has no valid signature by a known key of it."
        )
    return checkpoint


def _parse_signature(line: str) -> NoteSignature:
    match = _SIGNATURE_LINE.fullmatch(line)
    data = _decoded(match[2]) if match else None
    if match is None or data is None or len(data) <= KEY_ID_BYTES or not _is_key_name(match[1]):
        raise BadInput(f"{line[:80]!r} is not a signature line of a signed note.")
    return NoteSignature(match[1], data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and all(c >= " " and not c.isspace() for c in name)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes | None:
    """Bytes of a base64 text, None when it is not the one canonical text of any bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if _base64(data) == text else None
