"""Moral hazard: a partner that refers borrowers commits fraud."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.case_studies.case import STOPPED, Case, Watch

CASE = Case(
    code="moral-hazard",
    family=Family.MORAL_HAZARD,
    title=Words("A partner commits fraud", "合作方欺诈"),
    story=Words(
        "A company that refers borrowers sends bought identities. Each loan runs off to a few shared cards within "
        "hours, none is ever repaid, and the lenders lose their money.",
        "助贷合作方批量引入购买来的身份，放款后数小时内资金即归集至少数共用银行卡，贷款无一偿还，出借人受损。",
    ),
    response=Words(
        "Nothing more is taken from the partner once its referrals jump, their money runs together or first "
        "instalments fail.",
        "合作方引流激增、借款资金归集或首期违约升高时，立即暂停该合作方业务。",
    ),
    incidents=("partner-fraud",),
    first_day=40,
    watches=(
        Watch("H2.loans-run-together", 2, "suspend-partner", 1),
        Watch("H9.referral-jump", 4, "suspend-partner", 1),
        Watch("H4.first-payment-default", 3, "suspend-partner", 1),
        Watch(STOPPED, 1, "suspend-partner", 1),
    ),
    targeted=frozenset({"suspend-partner"}),
    assumptions=(
        Words(
            "The partner is suspended two days after money is seen to run together, three after first instalments "
            "fail, four after a jump of its referrals, the next day once a reviewer rejects such a withdrawal.",
            "资金归集预警后两日、首期违约预警后三日、引流激增预警后四日、审核拦截后次日暂停合作方。",
        ),
    ),
    missing=(
        Words("A partner's integrity score with its reasons.", "合作方诚信评分及其理由。"),
        Words("A graph of accounts, phones and cards.", "账户、设备、银行卡关系图谱。"),
        Words(
            "Cases, assignment, and blacklists shared between institutions.", "案件与分派，以及机构间共享名单。"
        ),
    ),
)
