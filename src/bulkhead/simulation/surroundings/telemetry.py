"""What the systems tell about themselves every five minutes."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

SERVICES = ("gateway", "sign-in", "payments", "lending", "query")

REQUESTS = Stream(
    "requests",
    Words("Requests to the services", "系统请求监测"),
    {
        "time": Kind.TIME,  # beginning of the five minutes
        "service": Kind.TEXT,  # of SERVICES
        "requests": Kind.NUMBER,
        "errors": Kind.NUMBER,  # of these requests
        "p99_ms": Kind.NUMBER,  # 99 of 100 were answered within; at most TIMEOUT_MS
        "used_capacity_per_mille": Kind.NUMBER,
    },
)
