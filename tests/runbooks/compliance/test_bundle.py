"""Evidence as files: nothing gets lost on the way, and nothing changes unnoticed."""

from dataclasses import replace

import pytest

from runbooks.compliance.bundle import SCHEMA, Manifest, chained, differing, evidence_in, files_of, listed, manifest_of
from runbooks.errors import EvidenceBroken
from runbooks.signed import Link
from tests.runbooks.compliance.month import COLLECTED, WEST, a_good_month, job


def manifest(name: str = "20261101T060000Z", previous: Manifest | None = None, files: dict[str, bytes] | None = None) -> Manifest:
    before = Link(previous.name, previous.digest) if previous else None
    return Manifest(SCHEMA, name, "2026-10", "prod", COLLECTED, WEST, "arn:aws:kms:us-west-2:1:key/1", before, listed(files or {}))


def test_evidence_comes_back_as_it_was() -> None:
    """Every record, byte and sentence, non-ASCII names included; and again the same bytes."""
    made = a_good_month(unseen={"vault überall": "keine Antwort"}, broken={"run 1": "was deleted"})
    made = replace(made, jobs=(*made.jobs, job("backup", 1, COLLECTED, message="größer als 日本\nund mehr")))
    files = files_of(made)
    assert evidence_in(files) == made
    assert files_of(evidence_in(files)) == files


def test_every_file_that_was_touched_is_named() -> None:
    """One byte altered, one file taken, one put beside: three sentences."""
    files = files_of(a_good_month())
    sealed = manifest(files=files)
    assert differing(sealed, files) == []
    [run] = [path for path in files if "region-lost" in path and path.endswith("0001.json")]
    touched = {**files, "jobs.jsonl": files["jobs.jsonl"] + b" ", "more.jsonl": b""}
    del touched[run]
    assert differing(sealed, touched) == [
        f"{run} is missing",
        "more.jsonl was added: the manifest does not list it",
        "jobs.jsonl was altered",
    ]


@pytest.mark.parametrize("path", sorted(files_of(a_good_month())))
def test_one_byte_of_any_file_is_noticed(path: str) -> None:
    """Whichever file it is in."""
    files = files_of(a_good_month())
    body = files[path] or b"\n"
    touched = {**files, path: body[:-1] + bytes([body[-1] ^ 1])}
    assert differing(manifest(files=files), touched) == [f"{path} was altered"]


def test_a_line_that_is_no_record_is_named() -> None:
    """By its file and number."""
    files = files_of(a_good_month())
    lines = files["jobs.jsonl"].splitlines()
    broken = {**files, "jobs.jsonl": b"\n".join([*lines[:2], lines[2].replace(b'"began"', b'"begun"'), *lines[3:]])}
    with pytest.raises(EvidenceBroken, match=r"jobs\.jsonl, line 3 cannot be read: began"):
        evidence_in(broken)


def test_a_manifest_has_one_form() -> None:
    """A blank more, another schema, or no JSON at all is refused."""
    made = manifest()
    assert manifest_of(made.body) == made
    for body, says in (
        (made.body + b" ", "not in the form"),
        (replace(made, schema=2).body, "has schema 2, this is 1"),
        (b"{", "cannot be read"),
    ):
        with pytest.raises(EvidenceBroken, match=says):
            manifest_of(body)


def test_a_bundle_that_was_taken_away_is_missed() -> None:
    """Each names the one before it: neither the first nor one in between can go."""
    first = manifest("1")
    second = manifest("2", first)
    third = manifest("3", second)
    assert chained([first, second, third]) == ""
    assert chained([first, third]) == "3 does not follow from 1: one of the two was altered or taken away"
    assert chained([second, third]) == "2 does not follow from nothing: one of the two was altered or taken away"
