"""Where S3 Control answers; moto looks for exactly these two names."""

from moto.s3control.urls import url_bases
from moto.s3control.urls import url_paths as moto_paths

from sandbox.s3.jobs import JobsResponse

_jobs = ("{0}/v20180820/jobs$", "{0}/v20180820/jobs/(?P<job_id>[^/]+)$", "/v20180820/jobs", "/v20180820/jobs/<job_id>")

url_paths = dict.fromkeys((*moto_paths, *_jobs), JobsResponse.dispatch)

__all__ = ["url_bases", "url_paths"]
