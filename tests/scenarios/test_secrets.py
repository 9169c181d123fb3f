"""Secrets stay where they are: the search that ends every stage finds one that is planted."""

from tests.scenarios.canaries import planted, search
from tests.scenarios.stage import WEST, Stage


def test_the_search_finds_what_isplanted_and_nothing_else(stage: Stage) -> None:
    """In an object of the journal, in what an operator kept, and in a log; and nowhere before that."""
    ana = stage.operator()
    ana.does("status")
    ana.does("check-readiness", "--region", WEST)
    assert search(stage) == []
    [database, hub, parameter] = planted(stage).values()
    kept, log = ana.home / "kept.txt", stage.sandbox.root / "planted.log"
    kept.write_bytes(b"login: " + database)
    log.write_bytes(hub)
    s3, place = stage.clients("s3", WEST), {"Bucket": stage.journal_bucket, "Key": "planted"}
    version = s3.put_object(**place, Body=parameter)["VersionId"]
    try:
        assert sorted(search(stage)) == ["operators/ana/kept.txt", "planted.log", f"s3://{stage.journal_bucket}/planted"]
    finally:
        kept.unlink()
        log.unlink()
        s3.delete_object(**place, VersionId=version, BypassGovernanceRetention=True)
