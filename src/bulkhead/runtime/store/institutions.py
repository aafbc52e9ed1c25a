"""The institutions of one database, each with the small number its rows carry."""

from __future__ import annotations

import re

from psycopg import Connection
from psycopg.rows import TupleRow

from bulkhead.kernel.errors import BadInput
from bulkhead.runtime.store.session import Connect, open_connection

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def institution_number(connect: Connect, code: str) -> int:
    """The number of an institution, given to it on first use. Raises ``BadInput`` for a code that is none."""
    if not _CODE.fullmatch(code):
        raise BadInput(f"{code[:80]!r} cannot name an institution: use up to 63 of a-z, 0-9 and dash")
    with open_connection(connect) as connection:
        known = institutions(connection)
        if code in known:
            return known[code]
        with connection.transaction():
            connection.execute("LOCK TABLE institution IN SHARE ROW EXCLUSIVE MODE")
            connection.execute(
                "INSERT INTO institution (number, code) SELECT coalesce(max(number), 0) + 1, %s FROM institution"
                " ON CONFLICT (code) DO NOTHING",
                [code],
            )
        return institutions(connection)[code]


def institutions(connection: Connection[TupleRow]) -> dict[str, int]:
    """Number by code, in order of number."""
    rows = connection.execute("SELECT code, number FROM institution ORDER BY number")
    return dict(rows.fetchall())
