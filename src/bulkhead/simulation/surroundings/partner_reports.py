"""What partners hand in: loans they refer and how these fare, guarantee statements, filings, service levels."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

UNITS = {
    "referred-loans": "loans",
    "referred-amount": "minor",
    "first-payment-default": "per-mille",  # of the loans whose first instalment fell due in the period
    "net-assets": "minor",  # the guarantor's own
    "guaranteed-balance": "minor",  # all it stands for, towards everybody
    "claims-unpaid": "minor",  # calls on the guarantee that are more than ten days old
    "filing": "filings",  # monthly papers; 1 when handed in
    "availability": "ppm",
    "settlement-delay": "minutes",  # worst of the day or month
}

PARTNER_DELIVERIES = Stream(
    "partner_deliveries",
    Words("Deliveries of partners", "合作方报送"),
    {
        "time": Kind.TIME,  # when it arrived
        "partner": Kind.NAME,
        "item": Kind.TEXT,  # a key of UNITS
        "value": Kind.NUMBER,
        "unit": Kind.TEXT,
        "due": Kind.TIME,
    },
)
