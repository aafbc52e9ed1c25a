"""Who listens to whom: the one place where an institution's parts are put together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType

import structlog

from bulkhead.kernel.checkpoints import Checkpoint, sign_checkpoint
from bulkhead.kernel.events import InstitutionOpened
from bulkhead.kernel.journal import JournalHead
from bulkhead.kernel.protocols import LeaseLost
from bulkhead.runtime.clock import SystemClock
from bulkhead.runtime.database.connect import Database, open_database
from bulkhead.runtime.engine_loop import EngineLoop
from bulkhead.runtime.institutions import institution_number
from bulkhead.runtime.journal_store import JournalStore
from bulkhead.runtime.keys import Keys
from bulkhead.runtime.lease import PostgresLease, holder_text
from bulkhead.runtime.migrate import migrate
from bulkhead.runtime.projector import Projector
from bulkhead.runtime.recovery import recover
from bulkhead.runtime.settings import Settings
from bulkhead.runtime.snapshots import Snapshots
from bulkhead.runtime.vault import PostgresVault

HEARTBEAT_S = 3.0
_log = structlog.get_logger()
