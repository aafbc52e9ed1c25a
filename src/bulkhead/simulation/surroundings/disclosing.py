"""The figures the platform publishes every month. What is true follows from the other streams."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

FIGURES = {
    "loans-outstanding": "minor",
    "loans-number": "loans",
    "lenders": "clients",
    "borrowers": "clients",
    "disbursed-in-month": "minor",
    "repaid-in-month": "minor",
    "overdue-amount": "minor",
    "overdue-loans": "loans",
    "clients-money": "minor",
    "complaints-in-month": "complaints",
}

DISCLOSURES = Stream(
    "disclosures",
    Words("Published figures", "信息披露"),
    {
        "time": Kind.TIME,
        "period": Kind.TEXT,  # 2026-03
        "figure": Kind.TEXT,  # a key of FIGURES
        "value": Kind.NUMBER,
        "unit": Kind.TEXT,
    },
)
