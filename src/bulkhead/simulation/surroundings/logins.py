"""Log-ins of clients: before each instruction, and plain looks at the account."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

CHANNELS = ("app", "mini-program", "h5", "web")
METHODS = (
    "biometric",
    "password",
    "sms-code",
    "reset",
)  # reset: a new password was set, by code and identity card
CARRIERS = ("mobile", "telecom", "unicom", "broadband", "hosting", "proxy")

LOGINS = Stream(
    "logins",
    Words("Log-ins of clients", "客户登录记录"),
    {
        "time": Kind.TIME,
        "client": Kind.NAME,
        "device": Kind.NAME,
        "channel": Kind.TEXT,  # of CHANNELS
        "network": Kind.TEXT,  # place and carrier, such as CN-44/mobile; abroad two letters, such as KH/hosting
        "method": Kind.TEXT,  # of METHODS
        "success": Kind.FLAG,
        "known_device": Kind.FLAG,  # bound to this account before this log-in
    },
)
