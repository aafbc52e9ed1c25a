"""What staff may do and what they do with it: duties given and taken, permissions used."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

CHANGES = ("granted", "revoked")
REASONS = ("joined", "moved", "left", "requested", "review")

PERMISSION_USE = Stream(
    "permission_use",
    Words("Use of permissions by staff", "员工权限使用记录"),
    {
        "time": Kind.TIME,
        "staff": Kind.NAME,
        "system": Kind.TEXT,
        "permission": Kind.TEXT,  # a code of platform/staff.py
        "object": Kind.NAME,  # the client, partner or colleague it was used on; none for a whole system
        "records": Kind.NUMBER,  # how many records it read or changed
        "approved_by": Kind.NAME,  # the second pair of eyes, where there was one
        "terminal": Kind.TEXT,  # office-017, vpn-017 or bastion-1
    },
)
DUTIES = Stream(
    "duties",
    Words("Duties and permissions of staff", "岗位与权限变更"),
    {
        "time": Kind.TIME,
        "staff": Kind.NAME,
        "role": Kind.TEXT,
        "permission": Kind.TEXT,
        "change": Kind.TEXT,  # of CHANGES; what stands since before the first day is granted on its morning
        "reason": Kind.TEXT,  # of REASONS
        "approved_by": Kind.NAME,
    },
)
