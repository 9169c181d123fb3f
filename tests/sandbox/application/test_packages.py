"""Packages that lock files pin: every file that the lock allows is kept, resolves offline, and what cannot be had is named."""

import json
import os
import subprocess
import sys
from shutil import which

import pytest

from runbooks.application.indexes import pips_own
from tests.sandbox.indexes import npm_lock
from tests.sandbox.kept import SHOP, Shop, tampered
from tests.sandbox.repositories import commit, git, put
from tests.sandbox.web import Trouble


def test_a_lock_installs_offline_from_what_is_restored(shop: Shop) -> None:
    """Files for other platforms are kept too; pip and npm need nothing but the directory that is shown, and no index is asked twice."""
    laces = shop.offered.publish("laces", "1.0", "soles", tags=("py3-none-any", "cp311-cp311-win_amd64"))
    lock = laces + shop.offered.publish("soles", "2.0")
    entry = shop.offered.publish_npm("@shoe/box", "3.0.0")
    put(shop.source, "main", requirements__lock=lock, package_lock=npm_lock())
    put(shop.source, "main", **{"web/package-lock__json": npm_lock(**{"@shoe/box": entry})})
    made = shop.backup("full")["manifest"]
    files = {each["path"]: [package["file"] for package in each["packages"]] for each in made["locks"]}
    assert files == {
        "requirements.lock": ["laces-1.0-py3-none-any.whl", "laces-1.0-cp311-cp311-win_amd64.whl", "soles-2.0-py3-none-any.whl"],
        "web/package-lock.json": ["@shoe-box-3.0.0.tgz"],
    }
    asked = len(shop.offered.site.asked)
    commit(shop.source, "main", "news")
    assert [each["name"] for each in shop.backup("incremental")["manifest"]["parts"] if "blobs" in each["name"]] == []
    assert len(shop.offered.site.asked) == asked
    assert shop.invoke("verify")[0] == 0

    to = shop.restored("2100-01-01T00:00:00Z", "to")
    assert f"pip install --no-index --find-links {to}/packages/REPOSITORY/LOCK --require-hashes" in shop.said[-2].replace("\n", "")
    (shop.folder / "asked.lock").write_text(git(to / "repositories" / f"{SHOP}.git", "show", "HEAD:requirements.lock"))
    options = ["--no-index", "--find-links", str(to / "packages" / SHOP / "requirements.lock"), "--require-hashes", "--no-cache-dir"]
    installed = shop.folder / "installed"
    argv = [sys.executable, "-m", "pip", "install", "--isolated", "--quiet", *options, "--target", str(installed)]
    subprocess.run([*argv, "-r", str(shop.folder / "asked.lock")], check=True, env={"PATH": os.environ["PATH"]})
    assert {"laces.py", "soles.py"} <= {file.name for file in installed.iterdir()}


@pytest.mark.skipif(which("npm") is None, reason="this machine has no npm")
def test_npm_installs_offline_from_what_is_restored(shop: Shop) -> None:
    """As the restore says: into npm's cache, and from there by the lock."""
    entry = shop.offered.publish_npm("box", "3.0.0")
    put(shop.source, "main", **{"package-lock__json": npm_lock(box=entry)})
    to = shop.restored(shop.backup("full")["manifest"]["created"], "to")
    work = shop.folder / "work"
    work.mkdir()
    (work / "package.json").write_text(json.dumps({"name": "storefront", "dependencies": {"box": "3.0.0"}}))
    lock = json.loads(npm_lock(box=entry))
    lock["packages"][""]["dependencies"] = {"box": "3.0.0"}
    (work / "package-lock.json").write_text(json.dumps(lock))
    shop.offered.npm.clear()
    saved = [str(file) for file in (to / "packages" / SHOP / "package-lock.json").iterdir()]
    for argv in (["cache", "add", *saved], ["ci", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"]):
        command = [str(which("npm")), *argv, "--cache", str(shop.folder / "cache")]
        subprocess.run(command, cwd=work, check=True, capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(work)})
    assert json.loads((work / "node_modules/box/package.json").read_text())["version"] == "3.0.0"


def test_what_the_index_has_no_more_is_named_and_the_rest_is_kept(shop: Shop) -> None:
    """A backup without it is no success; and what no hash pins is said once a backup."""
    lock = shop.offered.publish("laces", "1.0") + shop.offered.publish("gone", "2.0") + "loose==3.0\n"
    del shop.offered.python["gone"]
    put(shop.source, "main", requirements__txt=lock)
    code, out, err = shop.invoke("backup", "--json")
    made = json.loads(out)["manifest"]
    assert (code, f"Error: packages of {SHOP} requirements.txt is not in the backup: gone: " in err, "Try:" in err) == (1, True, True)
    assert [package["of"] for each in made["locks"] for package in each["packages"]] == ["laces==1.0"]
    assert f"{SHOP} requirements.txt: no hash pins loose==3.0, so none of that is kept" in made["notes"]
    code, out, _ = shop.invoke("verify", "--json")
    wrong = [each["says"] for each in json.loads(out) if not each["well"]]
    assert (code, wrong[0]) == (1, f"{SHOP} requirements.txt: nothing is kept of gone==2.0")


def test_an_index_that_gives_something_else_or_nothing_costs_only_its_lock(shop: Shop) -> None:
    """Altered, refused, cut each time: one error, and code, images and configuration are kept."""
    put(shop.source, "main", requirements__lock=shop.offered.publish("laces", "1.0"))
    for kind, says in (("altered", "is not what it must be: its digest is sha256:"), ("refused", "answers 401")):
        shop.offered.site.troubles = [Trouble(kind, "/files/")]  # type: ignore[arg-type] # one of its words
        shop.next_second()
        code, out, err = shop.invoke("backup", "--json")
        made = json.loads(out)["manifest"]
        assert (code, err.count("Error:"), says in err, "Try:" in err) == (1, 1, True, True)
        assert ([each["name"] for each in made["images"]], made["locks"]) == ([f"{SHOP}:1"], [])


def test_an_altered_package_is_named(shop: Shop) -> None:
    """By verify, with the lock that does not resolve any more."""
    put(shop.source, "main", requirements__lock=shop.offered.publish("laces", "1.0"))
    made = shop.backup("full")["manifest"]
    [package] = made["locks"][0]["packages"]
    part = f"blobs/sha256/{package['digest'].removeprefix('sha256:')}"
    tampered(shop, f"application/{made['name']}/{part}", b"another wheel")
    code, out, _ = shop.invoke("verify", "--json")
    wrong = [(each["name"], each["says"]) for each in json.loads(out) if not each["well"]]
    assert (code, wrong) == (1, [(f"packages of {SHOP} requirements.lock", f"the part {part} of {made['name']} was altered")])


def test_a_lock_that_does_not_resolve_is_told_by_pip_itself(shop: Shop) -> None:
    """Every hash fits, and yet a dependency is pinned nowhere: that is found before it is needed."""
    put(shop.source, "main", requirements__lock=shop.offered.publish("laces", "1.0", "eyelets"))
    shop.backup("full")
    code, out, _ = shop.invoke("verify", "--json")
    [wrong] = [each["says"] for each in json.loads(out) if not each["well"]]
    assert (code, wrong.startswith(f"{SHOP} requirements.lock does not resolve offline with Python 3.")) == (1, True)
    assert "eyelets" in wrong


def test_without_a_setting_the_index_is_pips_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its environment, before all that its files say; else by its default."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@mirror.example/simple")
    assert pips_own() == "https://me:secret@mirror.example/simple"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert pips_own().startswith("https://")
