"""Where moto finds the operations of this package's backend."""

from moto.rds.urls import url_bases

from sandbox.rds.responses import PostgresResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": PostgresResponse.dispatch}
