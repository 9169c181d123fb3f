"""Where AWS Backup answers; moto looks for exactly these two names."""

from moto.backup.urls import url_bases

from sandbox.backup.responses import LabBackupResponse

url_paths = {"{0}/(?P<path>.+)$": LabBackupResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
