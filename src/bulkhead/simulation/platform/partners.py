"""Companies the institution works with: who guarantees loans, who refers borrowers, who pays out, who hosts."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.directory import Directory
from bulkhead.simulation.platform.setting import Setting

ASSETS_MINOR_MIN = 50_000_000
# What a guarantor owns for each client of ours, so that what it stands for is four to six times as much.
ASSETS_A_CLIENT_MINOR = (95_000, 150_000)
HOW_MANY = {"guarantor": 3, "loan-referral": 5, "payment": 2, "cloud": 1, "collection": 1}


@dataclass(frozen=True, slots=True)
class Partner:
    """A company with a contract. Its name says what it is; no real company is meant."""

    name: str
    kind: str  # a key of HOW_MANY
    number: int  # in the directory
    late_per_mille: int  # of its papers arrive after they are due
    net_assets_minor: int


def make_partners(setting: Setting, directory: Directory) -> list[Partner]:
    """All partners, those of one kind beside each other."""
    draw = Draw(setting.seed, "platform.partners")
    names = [
        (kind, f"company:{kind}-{place}") for kind, count in HOW_MANY.items() for place in range(1, count + 1)
    ]
    return [
        Partner(
            name, kind, directory.number(name), draw.between(10, 60),
            max(ASSETS_MINOR_MIN, setting.clients * draw.between(*ASSETS_A_CLIENT_MINOR)),
        )
        for kind, name in names
    ]  # fmt: skip
