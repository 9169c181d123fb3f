"""AWS Backup's answers: every registered operation becomes a method of moto's response class."""

from collections.abc import Callable
from typing import cast

from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult, EmptyResult

from sandbox.backup import copies, jobs, plans, points, regionsettings, restore_tests, restores, selections, vaults
from sandbox.backup.models import LabBackupBackend
from sandbox.backup.operations import OPERATIONS, Operation

SUBJECTS = (copies, jobs, plans, points, regionsettings, restore_tests, restores, selections, vaults)
"""The files whose operations are registered by importing them."""


class LabBackupResponse(BackupResponse):
    """One request to AWS Backup. Operations of moto's that are not registered stay as they are."""

    @property
    def lab_backend(self) -> LabBackupBackend:
        return cast(LabBackupBackend, self.backup_backend)


def _method(answer: Operation) -> Callable[[LabBackupResponse], ActionResult]:
    def method(self: LabBackupResponse) -> ActionResult:
        self.parse_parameters(self.normalized_request)
        result = answer(self.lab_backend, self.params)
        return EmptyResult() if result is None else ActionResult(result)

    return method


for name, answer in OPERATIONS.items():
    setattr(LabBackupResponse, name, _method(answer))
