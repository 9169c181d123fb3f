"""Real repositories behind git's own smart HTTP, which asks for the token that it was started with."""

import os
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from threading import Thread

from sandbox.ports import HOST

GIT = str(which("git"))

IDENTITY = {
    f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "Ada"), ("EMAIL", "ada@solemate.test"))
}


def git(at: Path, *arguments: str, given: str = "") -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(at), **IDENTITY}
    ended = subprocess.run([GIT, *arguments], cwd=at, env=environment, input=given, capture_output=True, text=True, check=True)
    return ended.stdout


def make_repository(at: Path, commits: int) -> None:
    """Make the bare repository *at* with that many commits on ``main``."""
    at.mkdir(parents=True)
    git(at, "init", "--quiet", "--bare", "--initial-branch=main")
    commit(at, "main", *(f"change {number}" for number in range(commits)))


def commit(at: Path, branch: str, *changes: str, since: str = "") -> None:
    """Put one commit for each of *changes* on *branch*, which begins at *since* if it is new."""
    stream, mark = [], f"from {since or f'refs/heads/{branch}'}^0\n"
    first = not since and branch not in git(at, "branch", "--format=%(refname:short)").split()
    for number, change in enumerate(changes):
        begin = mark if number == 0 and not first else ""
        time = 1_700_000_000 + number
        stream.append(
            f"commit refs/heads/{branch}\ncommitter Ada <ada@solemate.test> {time} +0000\ndata {len(change)}\n{change}\n{begin}"
            f"M 100644 inline files/{number % 20}.txt\ndata {len(change)}\n{change}\n"
        )
    git(at, "fast-import", "--quiet", "--force", given="".join(stream))


def put(at: Path, branch: str, **files: str) -> None:
    """Put one commit on *branch* that writes *files*, their paths with ``__`` for each dot: ``requirements__lock="…"``."""
    stream = f"commit refs/heads/{branch}\ncommitter Ada <ada@solemate.test> 1800000000 +0000\ndata 5\nlocks\nfrom refs/heads/{branch}^0\n"
    for name, text in files.items():
        stream += f"M 100644 inline {name.replace('__', '.')}\ndata {len(text.encode())}\n{text}\n"
    git(at, "fast-import", "--quiet", "--force", given=stream)


def contents(at: Path) -> tuple[dict[str, str], set[str]]:
    """Return the refs of the repository *at*, and every object that they reach."""
    lines = git(at, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    objects = {line.split()[0] for line in git(at, "rev-list", "--objects", "--all").splitlines()}
    return dict(line.split() for line in lines), objects


@contextmanager
def served(root: Path, token: str) -> Iterator[str]:
    """Serve the repositories under *root* to whoever shows *token*; yield the address."""
    allowed = f"Basic {b64encode(f'x-access-token:{token}'.encode()).decode()}"

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != allowed:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "REMOTE_USER": "x",
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            ended = subprocess.run([GIT, "http-backend"], env=environment, input=body, capture_output=True, check=True)
            head, _, content = ended.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200")[:3]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 the base class asks for it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            pass

    server = ThreadingHTTPServer((HOST, 0), Answers)
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
