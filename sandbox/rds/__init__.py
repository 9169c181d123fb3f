"""RDS on real PostgreSQL servers, with real replication over delayed links."""

from contextlib import ExitStack

from moto.rds.models import rds_backends

from sandbox.lab import Lab
from sandbox.postgres_programs import at_home
from sandbox.rds import outage
from sandbox.rds.estate import Estate
from sandbox.rds.models import PostgresBackend


def install(lab: Lab) -> None:
    """Put our backend in moto's place; everything it starts ends with the lab."""
    with ExitStack() as until_closed:
        programs, home = until_closed.enter_context(at_home(lab.root))
        estate = Estate(lab, programs, home)
        until_closed.callback(estate.close)
        lab.on_close.append(until_closed.pop_all().close)
    PostgresBackend.estate = estate
    rds_backends.backend = PostgresBackend
    rds_backends.clear()
    outage.watch(estate)
