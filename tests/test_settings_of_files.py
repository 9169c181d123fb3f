"""What AWS would refuse or bill of files, refused first."""

import pytest

from tests.given import faults


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"vaults__minRetention": 121, "database__enabled": False, "disasterRecovery__enabled": False},
            "files: the lock of the vaults takes 121 to 2555 days: retention is 120",
        ),
        (
            {"files__retention": 119},
            "files.retention: must be at least files.archive.after, 30, and the 90 days that GLACIER_IR bills: 120, is 119",
        ),
        (
            {"files__archive": {"after": 1, "storageClass": "DEEP_ARCHIVE"}},
            "files.retention: must be at least files.archive.after, 1, and the 180 days that DEEP_ARCHIVE bills: 181, is 120",
        ),
        (
            {"files__coldAfter": 276},
            "files.coldAfter: leaves nothing to cold storage, which keeps for 90 days at least: the longest retention is 365 days",
        ),
        ({"workload__buckets__uploads": ...}, "files.includeUploads: needs workload.buckets.uploads, the name of the bucket"),
        ({"workload__buckets__assets": ...}, "files.includeAssets: needs workload.buckets.assets, the name of the bucket"),
        ({"workload__buckets__cdn": ...}, "files.includeCdn: needs workload.buckets.cdn, the name of the bucket"),
        (
            {"workload__buckets__cdn": "solemate-prod-assets"},
            "workload.buckets: each kind of files needs a bucket of its own: solemate-prod-assets is there twice",
        ),
        (
            {
                **dict.fromkeys(("files__includeMedia", "files__includeUploads", "files__includeAssets", "files__includeCdn"), False),
                "workload__fileSystem": ...,
            },
            "files.enabled: is true and includes nothing: set files.includeMedia or another kind to true, or this to false",
        ),
    ],
)
def test_what_files_need_together_is_asked_for(changes: dict[str, object], fault: str) -> None:
    """Retention and archive, cold storage, and a bucket for each kind that is included."""
    assert faults(**changes) == [fault]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"files__archive__storageClass": "STANDARD_IA"},
            'files.archive.storageClass: must be GLACIER_IR or GLACIER or DEEP_ARCHIVE, is "STANDARD_IA"',
        ),
        ({"files__archive__after": 0}, "files.archive.after: must be 1 to 36500 days, is 0"),
        ({"files__coldAfter": 0}, "files.coldAfter: must be 1 to 36410 days, is 0"),
        (
            {"workload__fileSystem": "shared"},
            'workload.fileSystem: must be the id of an EFS file system, such as fs-0123456789abcdef0, is "shared"',
        ),
    ],
)
def test_a_wrong_value_of_files_is_named_in_plain_words(changes: dict[str, object], fault: str) -> None:
    """A fault says what the value must be and what it is."""
    assert faults(**changes) == [fault]
