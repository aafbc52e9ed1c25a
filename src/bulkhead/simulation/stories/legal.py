"""Legal: a change of law is missed and the business drifts out of compliance."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.risk.family import Family
from bulkhead.simulation.case_studies.case import Case, Watch

CASE = Case(
    code="legal",
    family=Family.LEGAL,
    title=Words("A change of law is missed", "法规变动未被跟踪"),
    story=Words(
        "A cap on what borrowers may be charged is published; nobody reads it. From the day it is in force each new "
        "loan breaks it, until the regulator looks into it.",
        "监管发布借款人综合成本上限，机构无人跟进。生效后每笔新贷款均违规，直至监管介入。",
    ),
    response=Words(
        "Every change of law without a review calls reviewers in; contracts are changed before it is in force.",
        "对未解读的法规变动立即组织审查，并在生效前完成合同与系统调整。",
    ),
    incidents=("missed-law",),
    first_day=15,
    watches=(
        Watch("R9.laws-unreviewed", 2, "review-law", 2),
        Watch("R10.obligations-overdue", 1, "review-law", 2),
    ),
    targeted=frozenset(),
    assumptions=(
        Words(
            "Two reviewers begin two days after the warning, the next day once the law is in force; they need fifteen "
            "days of work and five more to change contracts and systems.",
            "预警后两日（法规已生效则次日）由两名审查人员开始工作，解读需十五个工日，调整合同与系统另需五日。",
        ),
        Words(
            "Publications of law reach the system by themselves; the study assumes this feed is complete.",
            "法规发布信息自动进入系统，并假定该信息源完整。",
        ),
    ),
    missing=(
        Words(
            "A catalogue of obligations with articles, owners and evidence.",
            "带条款、责任人与证据的合规义务目录。",
        ),
        Words(
            "Assignment of reviews to people, with deadlines and escalation.", "审查任务的分派、时限与升级机制。"
        ),
        Words(
            "A rule that checks each fee against the cap in force: custody rules with dates are yet to come.",
            "按生效上限逐笔核验费用的规则：带生效日期的存管规则尚未提供。",
        ),
    ),
)
