"""An index of Python's packages (PEP 503) and a registry of npm's, with packages made on the spot."""

import base64
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256, sha512

from tests.sandbox.web import Answer, Request, Site, serving


@dataclass(slots=True)
class Packages:
    """What is offered: Python's files by project, and npm's by path."""

    python: dict[str, dict[str, bytes]] = field(default_factory=dict)
    npm: dict[str, bytes] = field(default_factory=dict)
    site: Site = field(init=False)

    @property
    def simple(self) -> str:
        return f"{self.site.address}/simple"

    def publish(self, name: str, version: str, *needs: str, tags: tuple[str, ...] = ("py3-none-any",)) -> str:
        """Offer wheels, one for each of *tags*, and return what a lock says of them."""
        made = {f"{name}-{version}-{tag}.whl": wheel(name, version, tag, *needs) for tag in tags}
        self.python.setdefault(name, {}).update(made)
        hashes = " \\\n".join(f"    --hash=sha256:{sha256(body).hexdigest()}" for body in made.values())
        return f"{name}=={version} \\\n{hashes}\n"

    def publish_npm(self, name: str, version: str) -> dict[str, str]:
        """Offer a package and return its entry in a package-lock.json."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            body = json.dumps({"name": name, "version": version}).encode()
            entry = tarfile.TarInfo("package/package.json")
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
        path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self.npm[path] = packed.getvalue()
        integrity = base64.b64encode(sha512(packed.getvalue()).digest()).decode()
        return {"version": version, "resolved": f"{self.site.address}{path}", "integrity": f"sha512-{integrity}"}

    def answer(self, request: Request) -> Answer:
        if request.path in self.npm:
            return Answer(200, self.npm[request.path])
        match request.path.strip("/").split("/"):
            case ["simple", name] if name in self.python:
                links = [
                    f'<a href="../../files/{file}#sha256={sha256(body).hexdigest()}">{file}</a>' for file, body in self.python[name].items()
                ]
                return Answer(200, f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>".encode(), {"Content-Type": "text/html"})
            case ["files", file]:
                found = [bodies[file] for bodies in self.python.values() if file in bodies]
                return Answer(200, found[0]) if found else Answer(404)
            case _:
                return Answer(404)


def wheel(name: str, version: str, tag: str, *needs: str) -> bytes:
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {each}\n" for each in needs),
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{about}/RECORD": "",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file), text)
    return packed.getvalue()


def npm_lock(**entries: dict[str, str]) -> str:
    packages = {"": {"name": "storefront"}, **{f"node_modules/{name}": entry for name, entry in entries.items()}}
    return json.dumps({"name": "storefront", "lockfileVersion": 3, "packages": packages})


@contextmanager
def index() -> Iterator[Packages]:
    packages = Packages()
    with serving(packages.answer) as packages.site:
        yield packages
