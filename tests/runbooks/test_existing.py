"""Which kinds of files are replicated when somebody asks, and how it is told."""

import pytest
from botocore.awsrequest import AWSRequest

from names import Names
from runbooks.aws.s3control import Job
from runbooks.aws.session import plain_address
from runbooks.errors import Refused
from runbooks.existing import Replicated, chosen
from tests.runbooks.pictures import NAMES


def test_without_a_word_every_protected_kind_is_meant() -> None:
    """And with one, that kind alone."""
    assert chosen(NAMES, ()) == ("media", "uploads", "assets", "cdn")
    assert chosen(NAMES, ["cdn", "media"]) == ("media", "cdn")


def test_what_is_not_protected_is_refused_with_what_is() -> None:
    """A mistyped kind and one that is switched off have no replication."""
    with pytest.raises(Refused) as refused:
        chosen(NAMES, ["medai"])
    assert refused.value.message == "medai is no kind of files that this stack protects"
    assert refused.value.hint == "choose from media, uploads, assets, cdn"
    files = NAMES.settings.files.model_copy(update={"enabled": False})
    with pytest.raises(Refused, match="no files are protected"):
        chosen(Names(NAMES.settings.model_copy(update={"files": files})), ())


@pytest.mark.parametrize(
    ("job", "well", "says"),
    [
        (Job("1", "Active", 12000, 3000, 0, ""), True, "b: job 1 is Active, 3,000 of 12,000 replicated. Report: s3://r/"),
        (Job("1", "Complete", 9, 8, 1, ""), False, "b: job 1 is Complete, 8 of 9 replicated, 1 failed. Report: s3://r/"),
        (Job("1", "Failed", 0, 0, 0, "no leave"), False, "b: job 1 is Failed, 0 of 0 replicated: no leave. Report: s3://r/"),
        (
            Job("1", "Failed", 0, 0, 0, "Manifest generation found no keys matching the filter criteria."),
            True,
            "b: nothing to replicate (from GLACIER and DEEP_ARCHIVE nothing is, before it is restored).",
        ),
    ],
)
def test_a_job_is_told_in_one_sentence(job: Job, well: bool, says: str) -> None:
    """What was done, what was not, why, and where the rest is said; one failed object is a failed command."""
    told = Replicated("media", "b", job, "s3://r/")
    assert (told.well, told.spoken()) == (well, says)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://123456789012.127.0.0.1:4566/v20180820/jobs", "http://127.0.0.1:4566/v20180820/jobs"),
        ("https://123456789012.s3-control.us-east-1.amazonaws.com/v20180820/jobs",) * 2,
    ],
)
def test_an_address_is_asked_without_the_accounts_number(url: str, asked: str) -> None:
    """No name server resolves a number before an IP address; AWS's own hosts have it."""
    request = AWSRequest("POST", url)
    plain_address(request)
    assert request.url == asked
