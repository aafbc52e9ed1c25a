"""Personal values swapped for tokens, and encrypted so that one of them can be forgotten.

A token is the start of a keyed hash, so the same value has the same token on every machine that has the keys,
and nobody without them can test a guess. The value itself is sealed under a random key of its own, which is
sealed under the master key: erasing that key makes the value unreadable while its token stays in the journal.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.keys import VAULT_MASTER, VAULT_TOKEN, Keys
from bulkhead.runtime.store.session import Connect, Session

TOKEN_BYTES = 10  # 80 bits: sixteen base32 characters without padding
CACHE_ENTRIES_MAX = 200_000
_NONCE_BYTES = 12
_ENTITY = re.compile(r"[a-z][a-z0-9_-]{0,31}")

_INSERT = """
    INSERT INTO vault_subject (institution, name, wrapped_key, value)
    SELECT %(institution)s, name, wrapped_key, value
    FROM unnest(%(names)s::text[], %(keys)s::bytea[], %(values)s::bytea[]) AS new (name, wrapped_key, value)
    ON CONFLICT DO NOTHING
"""


class PostgresVault:
    """The vault of one institution.

    Its methods raise ``BadInput`` when the key folder does not hold the keys this database was written with,
    and ``ConnectionError`` when the database is out of reach.
    """

    def __init__(self, connect: Connect, institution: int, keys: Keys) -> None:
        self._session = Session(connect)
        self._institution = institution
        self._keys = keys
        self._checked: dict[str, bytes] = {}
        self._cache: dict[tuple[str, str], str] = {}

    def tokens(self, entity: str, values: Sequence[str]) -> list[str]:
        """One name ``entity:token`` for each value, durable before it returns."""
        assert _ENTITY.fullmatch(entity), entity
        if len(self._cache) > CACHE_ENTRIES_MAX:
            self._cache.clear()
        names = {value: self._cache.get((entity, value)) for value in values}
        fresh = {value: self._name(entity, value) for value, name in names.items() if name is None}
        if fresh:
            self._store(fresh)
            self._cache.update({(entity, value): name for value, name in fresh.items()})
        return [names[value] or fresh[value] for value in values]

    def reveal(self, names: Sequence[str]) -> list[str | None]:
        """The values behind names; None for those erased or never swapped.

        Raises ``BadInput`` when a stored value has been altered.
        """
        rows = self._session.execute(
            "SELECT name, wrapped_key, value FROM vault_subject"
            " WHERE institution = %s AND name = ANY (%s) AND value IS NOT NULL",
            [self._institution, list(set(names))],
        )
        values = {name: self._open_value(name, wrapped, sealed) for name, wrapped, sealed in rows.fetchall()}
        return [values.get(name) for name in names]

    def name_of(self, entity: str, value: str) -> str:
        """The name ``tokens`` would give a value, which is not kept: for those who look for it."""
        return self._name(entity, value)

    def erase(self, name: str) -> bool:
        """Forget the value behind a name for ever; False when there was none.

        The table is vacuumed so that the old row leaves its pages; copies in back-ups and in the write-ahead
        log end with those.
        """
        cursor = self._session.execute(
            "UPDATE vault_subject SET wrapped_key = NULL, value = NULL"
            " WHERE institution = %s AND name = %s AND value IS NOT NULL",
            [self._institution, name],
        )
        if cursor.rowcount:
            self._session.execute("VACUUM vault_subject")
        return cursor.rowcount > 0

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt something that belongs to no one subject; it opens only with the same ``context``."""
        return _seal(self._sealing_key(), plain, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """The bytes given to ``seal``. Raises ``BadInput`` when they or their context were altered."""
        return _unseal(self._sealing_key(), sealed, context, what="A sealed record")

    def checked_secret(self, name: str) -> bytes:
        """A key whose loss would not show by itself.

        Raises ``BadInput`` for another one than it was first used with: under a new key every id would be new.
        """
        if name not in self._checked:
            secret = self._keys.secret(name)
            self._check_key(name, hmac.digest(secret, b"fingerprint", "sha256"))
            self._checked[name] = secret
        return self._checked[name]

    def close(self) -> None:
        self._session.close()

    def _name(self, entity: str, value: str) -> str:
        _, token_key = self._secrets()
        digest = hmac.digest(token_key, entity.encode() + b"\0" + _bytes(value), "sha256")
        return f"{entity}:{base64.b32encode(digest[:TOKEN_BYTES]).decode().lower()}"

    def _store(self, fresh: dict[str, str]) -> None:
        """Keep values by their names; those already known, or erased, stay as they are."""
        rows = self._session.execute(
            "SELECT name FROM vault_subject WHERE institution = %s AND name = ANY (%s)",
            [self._institution, list(fresh.values())],
        )
        known = {name for (name,) in rows.fetchall()}
        # In order of name, so that two processes that store the same names cannot wait for each other.
        unknown = sorted((name, value) for value, name in fresh.items() if name not in known)
        if not unknown:
            return
        sealed = [self._seal_value(name, value) for name, value in unknown]
        parameters = {
            "institution": self._institution,
            "names": [name for name, _ in unknown],
            "keys": [wrapped for wrapped, _ in sealed],
            "values": [value for _, value in sealed],
        }
        self._session.execute(_INSERT, parameters)

    def _seal_value(self, name: str, value: str) -> tuple[bytes, bytes]:
        subject_key = secrets.token_bytes(32)
        wrapped = _seal(self._secrets()[0], subject_key, _key_context(name))
        return wrapped, _seal(subject_key, _bytes(value), name.encode())

    def _open_value(self, name: str, wrapped: bytes, sealed: bytes) -> str:
        what = f"The vault's entry {name}"
        subject_key = _unseal(self._secrets()[0], wrapped, _key_context(name), what=what)
        return _unseal(subject_key, sealed, name.encode(), what=what).decode("utf-8", "surrogatepass")

    def _sealing_key(self) -> bytes:
        return hmac.digest(self._secrets()[0], b"sealed records", "sha256")

    def _secrets(self) -> tuple[bytes, bytes]:
        """The master key and the token key, checked against the database the first time."""
        return self.checked_secret(VAULT_MASTER), self.checked_secret(VAULT_TOKEN)

    def _check_key(self, name: str, fingerprint: bytes) -> None:
        self._session.execute(
            "INSERT INTO vault_key_check (name, fingerprint) VALUES (%s, %b) ON CONFLICT DO NOTHING",
            [name, fingerprint],
        )
        row = self._session.execute("SELECT fingerprint FROM vault_key_check WHERE name = %s", [name]).fetchone()
        if row is None or row[0] != fingerprint:
            raise BadInput(
                f"The key {self._keys.folder / name} is not the one this database was written with: "
                "restore the key folder that belongs to it (BULKHEAD_KEYS)."
            )


def _seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def _unseal(key: bytes, sealed: bytes, context: bytes, *, what: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise BadInput(f"{what} cannot be decrypted: it has been altered, or the keys are others.") from None


def _key_context(name: str) -> bytes:
    return b"key of " + name.encode()


def _bytes(value: str) -> bytes:
    # A file of the wrong encoding may hold half a character; it must come back as it was.
    return value.encode("utf-8", "surrogatepass")
