"""A stack's file, changed value by value."""

from pathlib import Path
from shutil import copy

import pytest
import yaml

import settings_file
from settings import HERE, SettingsError, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(copy(HERE / "Pulumi.prod.yaml", tmp_path))


def test_only_what_is_changed_differs(file: Path) -> None:
    """Comments, order and every other value stay, whether the value stood alone or within brackets."""
    before = file.read_text().splitlines()
    text, after = settings_file.changed(
        file, {("database", "schedule"): "cron(30 */2 * * ? *)", ("files", "rules", 0, "retention"): 400, ("database", "retention"): 20}
    )
    differing = [line for line in text.splitlines() if line not in before]
    assert differing == [
        '    schedule: "cron(30 */2 * * ? *)" # UTC',
        "    retention: 20 # days, like every retention",
        '      - {name: monthly, schedule: "cron(0 1 1 * ? *)", retention: 400}',
    ]
    assert (after.database.schedule, after.database.retention.days, after.files.rules[0].retention.days) == (
        "cron(30 */2 * * ? *)",
        20,
        400,
    )


def test_what_is_so_already_is_not_written_anew(file: Path) -> None:
    """The same value leaves the text as it is, quotes and all."""
    text, _ = settings_file.changed(file, {("database", "schedule"): "cron(0 5 * * ? *)", ("database", "retention"): 35})
    assert text == file.read_text()


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        (("database", "schedule"), "cron(*/15 * * * ? *)", "database.schedule: "),
        (("database", "schedule"), "every day: 5", "database.schedule: "),
        (("database", "retention"), 36, "database.retention: must be 1 to 35 days, is 36"),
        (("files", "archive", "never"), 1, "files.archive.never: is not there to be changed"),
        (("files", "rules", 7, "retention"), 1, "files.rules.7.retention: is not there to be changed"),
    ],
)
def test_a_change_that_would_be_a_fault_is_refused(file: Path, place: tuple[str | int, ...], value: str | int, fault: str) -> None:
    """With its path, as if it had been written by hand; the file stays as it was."""
    before = file.read_bytes()
    with pytest.raises(SettingsError) as caught:
        settings_file.changed(file, {place: value})
    assert [each for each in caught.value.faults if f"solemate-dr:{fault}" in each], caught.value.faults
    assert file.read_bytes() == before


def test_a_file_is_written_whole_and_keeps_its_mode(file: Path) -> None:
    """No draft stays beside it."""
    file.chmod(0o640)
    text, _ = settings_file.changed(file, {("database", "retention"): 21})
    settings_file.write(file, text)
    assert load(file).database.retention.days == 21
    assert oct(file.stat().st_mode)[-3:] == "640"
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert yaml.safe_load(file.read_text())["config"]["solemate-dr:database"]["rules"][0]["name"] == "weekly"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("emails: []", 'emails: ["b@solemate.example"]'),
        ("emails: [a@solemate.example] # on call", 'emails: [a@solemate.example, "b@solemate.example"] # on call'),
        ("emails:\n      - a@solemate.example # on call", 'emails:\n      - a@solemate.example # on call\n      - "b@solemate.example"'),
        ("emails: [b@solemate.example]", "emails: [b@solemate.example]"),
    ],
)
def test_a_list_grows_in_the_way_that_it_is_written(tmp_path: Path, before: str, after: str) -> None:
    """In brackets or line by line, comments and all; what is in it already is not added again."""
    text = (HERE / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text.replace("emails: [oncall@solemate.example]", before), encoding="utf-8")
    made, then = settings_file.added(file, ("monitoring", "emails"), "b@solemate.example")
    assert made == text.replace("emails: [oncall@solemate.example]", after)
    assert then.monitoring.emails[-1] == "b@solemate.example"


def test_what_is_no_list_does_not_grow(tmp_path: Path) -> None:
    """A value, or a list that is not there."""
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text((HERE / "Pulumi.prod.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for place in (("monitoring", "monthlyBudget"), ("monitoring", "pagers")):
        with pytest.raises(SettingsError, match="is not there to be changed"):
            settings_file.added(file, place, "b@solemate.example")
