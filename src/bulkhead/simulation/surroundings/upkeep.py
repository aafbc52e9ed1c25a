"""How the systems are looked after: deployments, vulnerabilities and their patches, back-ups and drills."""

from __future__ import annotations

from bulkhead.kernel.reasons import Words
from bulkhead.simulation.platform.streams import Kind, Stream

UNMEASURED = -1  # minutes of a record that measures none
SEVERITIES = ("low", "medium", "high", "critical")
PATCH_DAYS = (90, 30, 14, 7)  # by severity, the institution's own rule
KNOWN_EXPLOITED_DAYS = 3  # whatever the severity
ASSETS = (
    "gateway", "sign-in", "payments", "lending", "query", "database", "message-bus", "office-network",
    "staff-terminals", "data-warehouse",
)  # fmt: skip

DEPLOYMENTS = Stream(
    "deployments",
    Words("Deployments", "上线发布记录"),
    {
        "time": Kind.TIME,
        "service": Kind.TEXT,
        "version": Kind.TEXT,
        "kind": Kind.TEXT,  # release, hotfix, configuration or rollback
        "result": Kind.TEXT,  # done or failed
        "deployed_by": Kind.NAME,
        "approved_by": Kind.NAME,
    },
)
VULNERABILITIES = Stream(
    "vulnerabilities",
    Words("Vulnerabilities and patches", "漏洞与补丁"),
    {
        "time": Kind.TIME,
        "vulnerability": Kind.TEXT,  # made up: BH-2026-0001; incidents take numbers from 9001
        "change": Kind.TEXT,  # found, exploited-elsewhere or patched
        "asset": Kind.TEXT,  # of ASSETS
        "severity": Kind.TEXT,  # of SEVERITIES
        "known_exploited": Kind.FLAG,
        "due": Kind.TIME,  # the patch must be in by then
        "by": Kind.NAME,  # who found or patched it; none for a scanner
    },
)
BACKUPS_AND_DRILLS = Stream(
    "backups_and_drills",
    Words("Back-ups and drills", "备份与应急演练"),
    {
        "time": Kind.TIME,
        "kind": Kind.TEXT,  # backup, restore-test, failover-drill or contingency-drill
        "system": Kind.TEXT,  # of ASSETS
        "result": Kind.TEXT,  # passed, partly or failed
        "recovery_minutes": Kind.NUMBER,  # until service; UNMEASURED for a back-up
        "data_loss_minutes": Kind.NUMBER,  # how old the data was that came back; UNMEASURED for a back-up
        "led_by": Kind.NAME,
    },
)


def vulnerability_code(year: int, number: int) -> str:
    """A made-up name that no real catalogue uses."""
    return f"BH-{year}-{number:04d}"
