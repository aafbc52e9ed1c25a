"""Companies the institution works with: who guarantees loans, who refers borrowers, who pays out, who hosts."""

from __future__ import annotations

from dataclasses import dataclass

from bulkhead.simulation.drawing import Draw
from bulkhead.simulation.platform.directory import Directory
from bulkhead.simulation.platform.setting import Setting

WAN_MINOR = 1_000_000  # ten thousand yuan in minor units
HOW_MANY = {"guarantor": 3, "loan-referral": 5, "payment": 2, "cloud": 1, "collection": 1}


@dataclass(frozen=True, slots=True)
class Partner:
    """A company with a contract. Its name says what it is; no real company is meant."""

    name: str
    kind: str  # a key of HOW_MANY
    number: int  # in the directory
    share_per_mille: int  # of the business of its kind
    late_per_mille: int  # of its papers arrive after they are due
    net_assets_minor: int
    first_payment_default_per_mille: int  # of the loans it refers


def make_partners(setting: Setting, directory: Directory) -> list[Partner]:
    """All partners, those of one kind beside each other."""
    draw = Draw(setting.seed, "platform.partners")
    partners: list[Partner] = []
    for kind, count in HOW_MANY.items():
        weights = [draw.between(4, 10) for _ in range(count)]
        for place, weight in enumerate(weights, 1):
            name = f"company:{kind}-{place}"
            share = 1000 * weight // sum(weights)
            assets_minor = WAN_MINOR * (2_000 + draw.between(20, 60) * setting.clients * share // 1_000_000)
            partners.append(
                Partner(
                    name,
                    kind,
                    directory.number(name),
                    share,
                    draw.between(10, 60),
                    assets_minor,
                    draw.between(6, 18),
                )
            )
    return partners
