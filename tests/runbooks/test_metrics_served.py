"""Metrics as Prometheus reads them: what is there, how often it is looked at, and that nothing old passes for new."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from runbooks.errors import Refused, Unreachable
from runbooks.metrics.look import Costs, History
from runbooks.metrics.serve import Numbers, address, serving
from tests.runbooks.test_metrics import NOW, history, job, month


class Hands:
    """A clock that is moved by hand, and never sleeps."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def ticks(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Looks:
    """Answers each look with the next of *answers*, the last one again and again, and notes which costs it was handed."""

    def __init__(self, *answers: History | Unreachable) -> None:
        self.answers, self.handed = list(answers), list[Costs | None]()

    def __call__(self, known: Costs | None) -> History:
        self.handed.append(known)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Unreachable):
            raise answer
        return answer


GOOD = history(job(), job("copy"), costs=Costs((month(10, "125"),)))


def samples(numbers: Numbers) -> dict[str, float]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(numbers)
    return dict(_read(generate_latest(registry).decode()))


def _read(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            yield f"{sample.name.removeprefix('solemate_recovery_')}{{{labels}}}", sample.value


def test_the_numbers_have_standard_names_and_units() -> None:
    """Seconds, bytes, ratios, and a total for what only grows."""
    found = samples(Numbers(Looks(GOOD), Hands()))
    assert found["up{}"] == 1
    assert found["job_success_ratio{kind=backup,target=database}"] == 1
    assert found["job_duration_seconds{kind=backup,quantile=0.95,target=database}"] == 60
    assert found["cost_dollars{estimated=false,month=2026-10}"] == 125
    assert found["look_timestamp_seconds{}"] == NOW.timestamp()
    assert found["looks_total{}"] == 1


def test_it_is_looked_at_most_every_minute() -> None:
    """However often it is scraped; the next minute is looked at anew, with the costs of the first look."""
    clock, looks = Hands(), Looks(GOOD)
    numbers = Numbers(looks, clock)
    for _ in range(3):
        samples(numbers)
        clock.at += timedelta(seconds=15)
    assert looks.handed == [None]
    clock.at += timedelta(seconds=15)
    assert samples(numbers)["looks_total{}"] == 2
    assert looks.handed == [None, GOOD.costs]
    clock.at += timedelta(hours=12)
    samples(numbers)
    assert looks.handed[-1] is None, "costs are asked for twice a day"


def test_a_failed_look_shows_no_old_numbers() -> None:
    """It is up 0 and counted, and every number of the look before is gone."""
    clock = Hands()
    numbers = Numbers(Looks(GOOD, Unreachable("no answer")), clock)
    samples(numbers)
    clock.at += timedelta(minutes=1)
    found = samples(numbers)
    assert (found["up{}"], found["failed_looks_total{}"]) == (0, 1)
    assert not [name for name in found if name.startswith(("job_", "jobs_", "stored", "cost_dollars", "recovery_"))]


def test_what_a_look_did_not_see_is_absent() -> None:
    """Half of the backup jobs would be a rate of something else; what was seen is there."""
    found = samples(Numbers(Looks(replace(GOOD, unseen={"backup jobs of us-east-1": "no answer"})), Hands()))
    assert found["up{}"] == 0
    assert found["unseen{what=backup jobs of us-east-1}"] == 1
    assert "job_success_ratio{kind=backup,target=database}" not in found
    assert found["job_success_ratio{kind=copy,target=database}"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("9464", ("127.0.0.1", 9464)), (":9464", ("127.0.0.1", 9464)), ("127.0.0.1:1", ("127.0.0.1", 1)), ("[::1]:9464", ("::1", 9464))],
)
def test_an_address_is_this_machines_own(text: str, expected: tuple[str, int]) -> None:
    """A port alone is enough."""
    assert address(text, open_to_all=False) == expected


@pytest.mark.parametrize("text", ["0.0.0.0:9464", "10.1.2.3:9464", "127.0.0.1", "127.0.0.1:0", "[::]:9464", "metrics:x"])
def test_an_address_that_others_reach_is_asked_for_in_words(text: str) -> None:
    """And one that is none is refused anyway."""
    with pytest.raises(Refused):
        address(text, open_to_all=False)
    if text.endswith("9464"):
        assert address(text, open_to_all=True)[1] == 9464


def test_prometheus_reads_them_over_http() -> None:
    """At /metrics, until it is ended; a port that is taken is refused."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(Refused, match="cannot be listened on"):
            serving(Numbers(Looks(GOOD), Hands()), "127.0.0.1", port)
    end = serving(Numbers(Looks(GOOD), Hands()), "127.0.0.1", port)
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert "solemate_recovery_up 1.0" in answer.read().decode()
    finally:
        end()
