"""Who gives a command, as the journal and the quarantine remember it."""

from __future__ import annotations

import getpass
import os


def actor() -> str:
    """The account's name, or its number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run an account that no table knows
        return f"account {os.getuid()}"
