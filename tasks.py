"""The commands. Each loads settings, calls one function and renders what it returns; `invoke --help COMMAND` explains one.

Exit codes: 0 done (or nothing to do), 1 refused or failed, 2 wrong usage, 3 stopped but resumable.
"""

import sys

from operations.alerts import alerts
from operations.database import mark, marks
from operations.drills import drill
from operations.files import replicate_existing
from operations.incident import abandon, check_readiness, failback, failover, fence, journal_sync
from operations.metrics import metrics
from operations.play import break_, demo, heal, sandbox
from operations.procedures import procedures
from operations.program import check, preview
from operations.protection import backup, restore, verify
from operations.records import recommend, report, runs
from operations.recovery_points import backup_cancel, backup_delete, backups
from operations.schedules import backup_schedule
from operations.standing import status
from operations.wizard import wizard

# invoke keeps Python from writing bytecode, so that each command of a new set-up would compile all it loads: seconds of an incident.
sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)

__all__ = [
    "abandon",
    "alerts",
    "backup",
    "backup_cancel",
    "backup_delete",
    "backup_schedule",
    "backups",
    "break_",
    "check",
    "check_readiness",
    "demo",
    "drill",
    "failback",
    "failover",
    "fence",
    "heal",
    "journal_sync",
    "mark",
    "marks",
    "metrics",
    "preview",
    "procedures",
    "recommend",
    "replicate_existing",
    "report",
    "restore",
    "runs",
    "sandbox",
    "status",
    "verify",
    "wizard",
]
