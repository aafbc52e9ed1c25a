"""The ten families of risk."""

from __future__ import annotations

from enum import Enum

from bulkhead.kernel.reasons import Words


class Family(Enum):
    """A risk belongs to one family; others see it only through what it triggers."""

    TECHNICAL = "technical"
    OPERATIONAL = "operational"
    MORAL_HAZARD = "moral-hazard"
    MARKET = "market"
    LEGAL = "legal"
    CREDIT = "credit"
    LIQUIDITY = "liquidity"
    POLICY = "policy"
    BUSINESS = "business"
    REPUTATION = "reputation"


FAMILY_TITLES = {
    Family.TECHNICAL: Words("Technical", "技术风险"),
    Family.OPERATIONAL: Words("Operational", "操作风险"),
    Family.MORAL_HAZARD: Words("Moral hazard", "道德风险"),
    Family.MARKET: Words("Market", "市场风险"),
    Family.LEGAL: Words("Legal and compliance", "法律合规风险"),
    Family.CREDIT: Words("Credit", "信用风险"),
    Family.LIQUIDITY: Words("Liquidity", "流动性风险"),
    Family.POLICY: Words("Policy", "政策风险"),
    Family.BUSINESS: Words("Business", "经营风险"),
    Family.REPUTATION: Words("Reputation", "声誉风险"),
}
