"""moto behind one lock: two requests never interleave, so a conditional write is atomic and a listing is a moment's truth."""

import traceback
from functools import cache
from threading import RLock
from wsgiref.types import WSGIApplication

import moto.backends
import moto.core.utils
from moto.core.loaders import Loader, moto_root
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.test import run_wsgi_app

from runbooks.aws.models import Models
from sandbox.calls import Answer, Call
from sandbox.refusals import fail

one_at_a_time = RLock()
"""Held while moto serves a request. A part that changes moto's state from a thread of its own takes it too, for moments only:
never across a call to the API, a process to wait for, or the network."""


class _Models(Models, Loader):
    """moto's additions to botocore's models, which moto itself would look for in every service's directory, for each service anew."""


moto.core.utils.create_loader = cache(lambda: _Models(extra_search_paths=[moto_root]))  # type: ignore[attr-defined] # imported there, not exported

_SERVICES = frozenset(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: _SERVICES  # moto would look through its two hundred directories for each request


class Emulator:
    """Answers a call from moto's backends."""

    def __init__(self) -> None:
        self._app: WSGIApplication = DomainDispatcherApplication(create_backend_app)

    def __call__(self, call: Call) -> Answer:
        try:
            with one_at_a_time:
                chunks, status, headers = run_wsgi_app(self._app, call.environ, buffered=True)
        except Exception as error:  # noqa: BLE001 - a gap in moto or in ours: the caller is told which, and the server's log shows where
            traceback.print_exc()
            return fail(call, error)
        return Answer(int(status[:3]), headers.to_wsgi_list(), b"".join(chunks))


def region_of_bucket(account: str, bucket: str) -> str | None:
    """Return the region where *bucket* is, or None when there is none of that name."""
    found = s3_backends[account]["aws"].buckets.get(bucket)
    return None if found is None else str(found.region_name)
