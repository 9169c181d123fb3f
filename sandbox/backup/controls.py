"""What a sandbox can be asked about AWS Backup beyond its API: to run the restore tests now, and to damage a recovery point."""

from typing import cast

from moto.backup.models import backup_backends

from sandbox import control
from sandbox.backup import restore_tests
from sandbox.backup.kinds import kind_of
from sandbox.backup.models import LabBackupBackend
from sandbox.control import Document, Refused
from sandbox.lab import Lab


def offer(lab: Lab) -> None:
    """Answer ``POST backup/tests`` (region, window in seconds) and ``POST backup/damage`` (region, point, how)."""

    def answer(method: str, rest: tuple[str, ...], document: Document) -> object:
        backend = _backend(lab, str(document.get("region", "")))
        match method, rest:
            case "POST", ("tests",):
                window = document.get("window", 60.0)
                if not isinstance(window, int | float) or window <= 0:
                    raise Refused("window is a number of seconds")
                return {"jobs": restore_tests.run(backend, float(window))}
            case "POST", ("damage",):
                return _damaged(backend, str(document.get("point", "")), str(document.get("how", "")))
        raise Refused(f"no such endpoint: backup/{'/'.join(rest)}; there are tests and damage", 404)

    control.route("backup", answer)


def _backend(lab: Lab, region: str) -> LabBackupBackend:
    if region not in lab.settings.regions:
        raise Refused(f"{region or 'no region'} is not one of {', '.join(lab.settings.regions)}")
    return cast(LabBackupBackend, backup_backends[lab.settings.account][region])


def _damaged(backend: LabBackupBackend, arn: str, how: str) -> object:
    point = next((each for each in backend.points.values() if each.recovery_point_arn == arn), None)
    if point is None:
        raise Refused(f"there is no recovery point {arn} in {backend.region_name}", 404)
    kind_of(point.resource_arn, backend.account_id).damage(point.saved, how)
    return {"damaged": arn}
