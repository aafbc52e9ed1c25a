"""How the world stands on one day. Incidents and responses bend it; everyday life and the streams follow it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Conditions:
    """Set anew each morning to a quiet day. Per-mille values multiply: 1000 is as usual."""

    # clients
    deposits_per_mille: int = 1000
    withdrawals_per_mille: int = 1000  # wish to withdraw; a run multiplies it
    bids_per_mille: int = 1000  # lenders' readiness to lend
    defaults_per_mille: int = 1000  # borrowers who stop paying
    logins_per_mille: int = 1000
    complaints_per_mille: int = 1000
    posts_per_mille: int = 1000
    # systems
    load_per_mille: int = 1000  # requests beyond those that follow from the day's events
    capacity_per_mille: int = 1000
    down_minutes: int = 0  # of the day's busiest hours in which nothing is answered
    # market and funding, added to the path of the day
    rate_shift_bp: int = 0
    fx_shift_bp: int = 0
    funding_cost_bp: int = 0
