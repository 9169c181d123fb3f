"""Where S3 answers; moto looks for exactly these two names."""

from moto.s3.urls import url_bases
from moto.s3.urls import url_paths as moto_paths

from sandbox.s3.responses import LabS3Response

_dispatch = {
    "bucket_dispatch": LabS3Response.bucket_dispatch,
    "ambiguous_dispatch": LabS3Response.ambiguous_dispatch,
    "key_dispatch": LabS3Response.key_dispatch,
}

url_paths = {path: _dispatch[dispatch.__name__] for path, dispatch in moto_paths.items()}

__all__ = ["url_bases", "url_paths"]
