"""What lock files pin, as pip and npm write them."""

import base64
import json
from hashlib import sha512

import pytest

from runbooks.application.indexes import Absent, file_of, npm_offer, without_sign_in
from runbooks.application.locks import integrity, kind_of, read
from runbooks.application.web import shown
from runbooks.errors import FetchFailed

A, B = "a" * 64, "b" * 64
SHA512 = sha512(b"laces").digest()
INTEGRITY = f"sha512-{base64.b64encode(SHA512).decode()}"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requirements.lock", "pip"),
        ("services/web/requirements-dev.txt", "pip"),
        ("package-lock.json", "npm"),
        ("node_modules/x/package-lock.json", None),
        ("../requirements.txt", None),
        ("requirements.md", None),
        ("my-requirements.txt", None),
    ],
)
def test_a_lock_file_is_known_by_its_name(path: str, kind: str | None) -> None:
    """What lies inside an installed package is not the shop's."""
    assert kind_of(path) == kind


def test_a_lock_of_pip_is_read_with_its_hashes_markers_and_index() -> None:
    """Continued lines, comments, extras, several hashes; what has no hash is told apart."""
    lock = f"""# made by a tool
--index-url https://index.example/simple
Some_Thing[fast]==1.0 ; python_version < "3.13" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via something
direct @ https://files.example/direct-2.0.whl --hash=sha256:{A}
loose==3.0
-r other.txt
"""
    found = read("pip", lock)
    first, second = found.pins
    assert (first.of, first.name, first.hashes) == ("Some_Thing[fast]==1.0", "some-thing", (f"sha256:{A}", f"sha256:{B}"))
    assert 'python_version < "3.13"' in first.line
    assert (second.name, second.url) == ("direct", "https://files.example/direct-2.0.whl")
    assert (found.index, found.loose) == ("https://index.example/simple", ("loose==3.0",))


def test_a_lock_of_npm_is_read_in_all_its_versions() -> None:
    """The project itself, links and what is bundled are fetched from nowhere; an alias keeps its package's own name."""
    entry = {"version": "1.2.0", "resolved": "https://npm.example/@shoe/laces/-/laces-1.2.0.tgz", "integrity": INTEGRITY}
    packages = {
        "": {"name": "shop"},
        "packages/own": {"version": "1.0.0"},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "node_modules/@shoe/laces": entry,
        "node_modules/x/node_modules/alias": {**entry, "name": "@shoe/laces"},
        "node_modules/inside": {"version": "1.0.0", "inBundle": True},
        "node_modules/from-git": {"version": "1.0.0", "resolved": "git+ssh://git@example/x.git#1"},
    }
    found = read("npm", json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert [(pin.of, pin.hashes) for pin in found.pins] == [("@shoe/laces@1.2.0", (f"sha512:{SHA512.hex()}",))]
    assert found.loose == ("from-git@1.0.0",)
    first = read("npm", json.dumps({"lockfileVersion": 1, "dependencies": {"x": {**entry, "dependencies": {"y": entry}}}}))
    assert [pin.of for pin in first.pins] == ["x@1.2.0", "y@1.2.0"]
    for broken in ("{", '{"packages": 3}', "[]"):
        with pytest.raises(FetchFailed, match="cannot be read"):
            read("npm", broken)


def test_the_strongest_hash_of_an_integrity_counts() -> None:
    """A weak one beside it opens no door, and what is no Base64 is no hash."""
    assert integrity(f"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= {INTEGRITY}?opaque") == (f"sha512:{SHA512.hex()}",)
    assert integrity("sha512-???") == integrity("") == integrity("md5-AAAA") == ()


def test_an_npm_package_comes_from_the_lock_or_from_the_registry_that_is_set() -> None:
    """At the same path; under a file's name that holds no path of its own."""
    entry = {"version": "1.2.0", "resolved": "https://npm.example/@shoe/laces/-/laces-1.2.0.tgz", "integrity": INTEGRITY}
    [pin] = read("npm", json.dumps({"packages": {"node_modules/@shoe/laces": entry}})).pins
    assert npm_offer(pin, "").url == entry["resolved"]
    moved = npm_offer(pin, "https://mirror.example/npm/")
    assert (moved.url, moved.file) == ("https://mirror.example/npm/@shoe/laces/-/laces-1.2.0.tgz", "@shoe-laces-1.2.0.tgz")
    [nowhere] = read("npm", json.dumps({"packages": {"node_modules/x": {**entry, "resolved": ""}}})).pins
    with pytest.raises(Absent, match="names no address"):
        npm_offer(nowhere, "")


@pytest.mark.parametrize("name", ["%252e%252e%252fpasswd", "%2e%2e", ".hidden.whl", "a b.whl", "a;b.whl"])
def test_an_index_chooses_no_path_on_this_machine(name: str) -> None:
    """A file is named by the index, and written by a restore."""
    with pytest.raises(FetchFailed, match="is no name of a package's file"):
        file_of(f"https://files.example/x/{name}")
    assert file_of("https://files.example/x/..%2F..%2Fetc%2Fpasswd") == "passwd"
    assert file_of("https://files.example/x/laces-1.0%2Blocal-py3-none-any.whl#sha256=1") == "laces-1.0+local-py3-none-any.whl"


def test_an_address_is_shown_without_what_may_be_secret_in_it() -> None:
    """Neither its sign-in nor its signature."""
    assert shown("https://me:secret@index.example:81/simple/x/?token=secret#sha256=1") == "https://index.example:81/simple/x/"
    assert without_sign_in("https://me:secret@index.example/simple/") == "https://index.example/simple/"
