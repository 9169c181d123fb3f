"""AWS Backup where moto has none: selections, jobs, copies, recovery points, notifications, restores.

Each operation is a function in the file of its subject, registered by name (see ``operations.py``); a new file is one more
import in ``responses.py``. What is backed up, copied and restored is in ``databases.py`` and ``buckets.py``.
"""

from moto.backup.models import backup_backends

from sandbox.backup import controls
from sandbox.backup.models import LabBackupBackend
from sandbox.lab import Lab


def install(lab: Lab) -> None:
    """Put our AWS Backup in the place of moto's; jobs wait while one of *lab*'s regions that they need is dark."""
    LabBackupBackend.lab = lab
    controls.offer(lab)
    backup_backends.backend = LabBackupBackend
    backup_backends.clear()


__all__ = ["install"]
