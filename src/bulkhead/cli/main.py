"""``bulkhead``: the verbs, and what every one of them does when something is wrong.

Exit codes: 0 fine; 1 a finding (a break, tampering, rows in quarantine); 2 bad input or usage.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

import psycopg
import typer

from bulkhead.cli.output import complain, quiet_logs
from bulkhead.kernel.errors import BadInput
from bulkhead.kernel.protocols import JournalConflict, LeaseLost
from bulkhead.runtime.service.engine_client import NoAnswer

VERBS = (
    "demo",
    "watch",
    "explain",
    "verify",
    "quarantine",
    "sources",
    "rules",
    "balances",
    "institutions",
    "doctor",
    "migrate",
    "evaluate",
    "simulate",
    "fault-runs",
    "case-study",
    "incidents",
    "bench",
    "realism",
    "serve",
    "console",
    "people",
    "send",
    "holds",
    "publish",
    "propose",
    "approve",
    "access",
)
BEGINS_ANEW = ("simulate", "case-study", "evaluate", "realism", "fault-runs", "bench")  # they keep no journal
_INTERRUPTED = "Interrupted. What was acknowledged is kept; the same command goes on from there."
_INTERRUPTED_ANEW = "Interrupted. What is written so far is incomplete; the same command begins anew."

app = typer.Typer(
    name="bulkhead",
    help="Real-time risk monitoring and prevention for money that is held for others.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in VERBS:
    import_module(f"bulkhead.cli.{verb.replace('-', '_')}").register(app)


def main() -> int:
    """Run the command line and give its exit code."""
    quiet_logs()
    try:
        code = typer.main.get_command(app).main(standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except BadInput as problem:
        complain(str(problem))
    except typer.Abort:
        return 130
    except typer.exceptions.TyperException as problem:
        complain(problem.format_message())
    except (LeaseLost, JournalConflict) as problem:
        complain(f"Stopped: {problem} What was acknowledged is kept.")
    except BrokenPipeError:
        _hush()
        return 0
    except NoAnswer as problem:
        complain(f"{problem} What was acknowledged is kept; what was not may be sent again.")
    except (psycopg.OperationalError, ConnectionError) as problem:
        complain(f"The database does not answer: {str(problem).strip().splitlines()[0]}")
    except OSError as problem:  # a full disk, a folder without permission
        _hush()
        complain(f"The operating system refuses: {problem.strerror or problem}. What was acknowledged is kept.")
    except KeyboardInterrupt:
        complain(_INTERRUPTED_ANEW if sys.argv[1:2] and sys.argv[1] in BEGINS_ANEW else _INTERRUPTED)
        return 130
    except Exception as bug:  # noqa: BLE001 - a person gets a sentence; whoever mends it gets the trace on request
        if os.environ.get("BULKHEAD_TRACE"):
            traceback.print_exc()
        complain(f"This is a bug in Bulkhead ({type(bug).__name__}: {bug}). BULKHEAD_TRACE=1 shows where.")
    return 2


def _hush() -> None:
    """Nobody can read on, so nothing more is to be written at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
