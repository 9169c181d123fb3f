"""RDS for PostgreSQL: moto checks requests and keeps records, real servers hold the data. Other engines, and Aurora, stay moto's own.

The name matters: moto finds a backend's urls in the module ``urls`` beside its ``models``.
"""

from sandbox.rds.groups import GroupOperations
from sandbox.rds.instances import InstanceOperations
from sandbox.rds.restores import BackupOperations, SnapshotOperations


class PostgresBackend(InstanceOperations, GroupOperations, SnapshotOperations, BackupOperations):
    """One region."""
