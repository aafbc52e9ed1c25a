"""Secrets as files: one folder outside the data, one 0600 file of 64 hexadecimal digits each.

A secret is made the first time it is asked for. The files are text, so that a person can copy one to paper or
into another vault. Whoever has this folder can read every personal value; whoever loses it can read none.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bulkhead.kernel.errors import BadInput

VAULT_MASTER = "vault-master"  # wraps the key of every subject
VAULT_TOKEN = "vault-token"  # turns a value into its token
IDEMPOTENCY = "idempotency"  # turns a movement's id into its fingerprint
SECRET_BYTES = 32

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NEW_FILE = ".new"


class Keys:
    """The secrets of one installation.

    Every method raises ``BadInput`` when the folder or a file is open to other users of the machine, cannot
    be read, or does not hold a secret: a damaged key is never replaced by a new one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def secret(self, name: str) -> bytes:
        """The 32 bytes called ``name``, drawn at random and stored durably on first use."""
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name[:100]!r} cannot name a key: use a-z, 0-9, dot, dash and underscore")
        try:
            if not self.has(name):
                return self._create(name)
            _refuse_open_to_others(self.folder, self.folder.stat().st_mode)
            return self._read(name)
        except OSError as error:
            raise BadInput(f"The key {self.folder / name} cannot be used: {error.strerror}.") from error

    def text_secret(self, name: str) -> str:
        """The same secret as 64 hexadecimal digits, for passwords."""
        return self.secret(name).hex()

    def has(self, name: str) -> bool:
        """Whether the secret has been made."""
        return (self.folder / name).exists()

    def signing_key(self, institution: str) -> SigningKey:
        """The key that signs this institution's checkpoints."""
        return SigningKey(self.secret(f"signing-{institution}"))

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the folder and its files, one sentence each; nothing is created."""
        if not self.folder.exists():
            return ()
        found = []
        for path in (self.folder, *sorted(self.folder.iterdir())):
            try:
                _refuse_open_to_others(path, path.stat().st_mode)
                if path != self.folder and path.name != _NEW_FILE:
                    self._read(path.name)
            except BadInput as problem:
                found.append(str(problem))
            except OSError as error:
                found.append(f"{path} cannot be read: {error.strerror}.")
        return tuple(found)

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        with path.open("rb") as file:
            _refuse_open_to_others(path, os.fstat(file.fileno()).st_mode)
            content = file.read(2 * SECRET_BYTES + 2)
        try:
            secret = bytes.fromhex(content.decode("ascii"))
        except ValueError:
            secret = b""
        if len(secret) != SECRET_BYTES:
            raise BadInput(f"The key file {path} does not hold 64 hexadecimal digits; restore it from its copy.")
        return secret

    def _create(self, name: str) -> bytes:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _folder_lock(self.folder) as folder:
            if self.has(name):  # another process was first
                return self._read(name)
            secret = secrets.token_bytes(SECRET_BYTES)
            # A fixed name: what a crash left behind is overwritten, and the lock keeps others away.
            new = self.folder / _NEW_FILE
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secret.hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
            new.rename(self.folder / name)
            os.fsync(folder)
        return secret


class SigningKey:
    """An Ed25519 key pair made from a 32-byte secret."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes with which anyone can verify."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of ``message``."""
        return self._private.sign(message)


class VerifyingKey:
    """The public half of a ``SigningKey``."""

    def __init__(self, public_key: bytes) -> None:
        """Raises ``BadInput`` for bytes that are no Ed25519 public key."""
        try:
            self._public = Ed25519PublicKey.from_public_bytes(public_key)
        except ValueError:
            raise BadInput("An Ed25519 public key has 32 bytes.") from None

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's for ``message``."""
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@contextmanager
def _folder_lock(folder: Path) -> Iterator[int]:
    """Hold the folder against other processes; gives its file descriptor."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _refuse_open_to_others(folder, os.fstat(descriptor).st_mode)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _refuse_open_to_others(path: Path, mode: int) -> None:
    if mode & _OTHERS:
        wanted = "700" if stat.S_ISDIR(mode) else "600"
        raise BadInput(f"{path} is open to other users of this machine; run: chmod {wanted} '{path}'")
