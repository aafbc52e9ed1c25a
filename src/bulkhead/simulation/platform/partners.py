"""Companies the institution works with."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.simulation.platform.directory import Directory
from bulkhead.simulation.platform.setting import Setting

NAMES = {
    "company:anhe-guarantee": "guarantor",
    "company:jieying-referral": "loan-referral",
    "company:tongda-pay": "payment",
    "company:yunfan-cloud": "cloud",
}


@dataclass(frozen=True, slots=True)
class Partner:
    """``name`` is ``company:…``, ``number`` its directory number."""

    name: str
    kind: str  # guarantor, loan-referral, payment, cloud
    number: int


def make_partners(setting: Setting, directory: Directory) -> list[Partner]:
    """Everybody it works with on the first day."""
    return [Partner(name, kind, directory.number(name)) for name, kind in NAMES.items()]
