"""Where packages come from: a simple index of Python's, asked for what it offers of a project, or an address that npm's lock names."""

import os
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin

import httpx

from runbooks.application.locks import Pin
from runbooks.application.web import Answered, Headers, Web, shown
from runbooks.errors import FetchFailed

LARGEST = 64 * 1024**2
"""Bytes of a project's page; those of the largest projects have a few millions."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that an index offers for a pin: ``proof`` is the hash that the lock allows, and that the file must have."""

    of: str
    file: str
    url: str = field(repr=False)
    proof: str


class Absent(FetchFailed):
    """The index answers, and has nothing that the lock allows."""


class Links(HTMLParser):
    """The links of a page of PEP 503, with what stands for their start."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base, self.found = url, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs).get("href")
        if tag == "base" and link:
            self.base = urljoin(self.base, link)
        elif tag == "a" and link:
            self.found.append(urljoin(self.base, link))


@dataclass(slots=True)
class Index:
    """A simple index (PEP 503) at ``address``, which may begin with a sign-in; it is shown to that host alone."""

    web: Web
    address: str = field(repr=False)

    def offers(self, pin: Pin) -> list[Offer]:
        """Return every file that the index offers and the lock's hashes allow; raise :class:`Absent` when it is none."""
        if pin.url:
            return [Offer(pin.of, file_of(pin.url), pin.url, pin.hashes[0])]
        page = self._page(pin.name)
        links = Links(page.url)
        links.feed(page.body.decode("utf-8", "replace"))
        found = [(link, link.rpartition("#")[2].replace("=", ":", 1).lower()) for link in links.found]
        offers = {proof: Offer(pin.of, file_of(link), link.partition("#")[0], proof) for link, proof in found if proof in pin.hashes}
        if not offers:
            raise Absent(
                f"{pin.of}: {shown(self.address)} offers no file with a hash that the lock lists", "lock it anew, or look at the index"
            )
        return list(offers.values())

    def _page(self, name: str) -> "Page":
        url = f"{self.address.rstrip('/')}/{name}/"
        try:
            answer = self.web.read(without_sign_in(url), {"Accept": "text/html", **self.signed(url)}, LARGEST)
        except Answered as error:
            if error.status == 404:
                raise Absent(f"{name}: {error.message}", "look at the index, or name another: application.pythonIndex") from None
            raise
        return Page(answer.url, answer.body)

    def signed(self, url: str) -> Headers:
        """Return the sign-in of the index, for an address on its host."""
        ours, there = httpx.URL(self.address), httpx.URL(url)
        if not ours.userinfo or (ours.scheme, ours.netloc) != (there.scheme, there.netloc):
            return {}
        return {"Authorization": f"Basic {b64encode(unquote(ours.userinfo.decode()).encode()).decode()}"}


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    body: bytes


def without_sign_in(url: str) -> str:
    parts = httpx.URL(url)
    return str(parts.copy_with(userinfo=b"")) if parts.userinfo else url


def npm_offer(pin: Pin, registry: str) -> Offer:
    """Return where the file of *pin* is: at the address that the lock names, or at the same path of *registry* if one is set."""
    if not pin.url:
        raise Absent(f"{pin.of}: the lock names no address of it", "make the lock anew: npm install --package-lock-only")
    url = f"{registry.rstrip('/')}{httpx.URL(pin.url).raw_path.decode('ascii')}" if registry else pin.url
    version = pin.of.rpartition("@")[2]
    return Offer(pin.of, safe(f"{pin.name.replace('/', '-')}-{version}.tgz"), url, pin.hashes[0])


def file_of(url: str) -> str:
    return safe(PurePosixPath(httpx.URL(url).path).name)


def safe(name: str) -> str:
    """Return *name* if it can be one of a file and no path; an index chooses these names, and a restore writes them."""
    if not re.fullmatch(r"[A-Za-z0-9@_][\w.+!@-]{0,250}", name):
        raise FetchFailed(f"{name[:80]!r} is no name of a package's file", "look at what the index offers")
    return name


def pips_own() -> str:
    """Return the index that pip itself would ask on this machine, by its environment, its configuration or its default."""
    lines = _pip("config", "list").splitlines()
    pairs = [line.partition("=") for line in lines]
    said = {name: value.strip("'\"") for name, _, value in pairs}
    for name in (":env:.index-url", "download.index-url", "global.index-url"):
        if name in said:
            return said[name]
    default = re.search(r"--index-url.*?\(default\s+(https?://[^\s)]+)\)", _pip("download", "--help"), re.DOTALL)
    if default is None:
        raise FetchFailed("pip does not say which index it asks", "name one: application.pythonIndex")
    return default[1]


def _pip(*arguments: str) -> str:
    argv = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    ended = subprocess.run(argv, env={**os.environ, "COLUMNS": "1000"}, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise FetchFailed("this machine's Python has no pip that answers", "name the index: application.pythonIndex")
    return ended.stdout
