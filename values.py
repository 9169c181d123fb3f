"""The kinds of value that settings hold. Each takes what the file and ``pulumi config set`` can say, and refuses in one plain sentence."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, TypeVar, get_type_hints

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

Section = TypeVar("Section", bound=BaseModel)


def whole(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: _whole(value, low, high, ""))


def days(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: timedelta(days=_whole(value, low, high, " days")))


def hours(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: timedelta(hours=_whole(value, low, high, " hours")))


def minutes(low: int, high: int) -> BeforeValidator:
    return BeforeValidator(lambda value: timedelta(minutes=_whole(value, low, high, " minutes")))


def text(pattern: str, says: str) -> BeforeValidator:
    """Text that *pattern* matches whole; *says* completes "must be ...". A whole number without quotes counts as its digits."""

    def read(value: object) -> str:
        written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(written, str) or not re.fullmatch(pattern, written):
            raise _refused(says, value)
        return written

    return BeforeValidator(read)


def choice(*words: str) -> BeforeValidator:
    return text("|".join(map(re.escape, words)), " or ".join(words))


def address(make: Callable[[str, int], object]) -> BeforeValidator:
    """An IP address with or without a port (53 if without), handed to *make*."""

    def read(value: object) -> object:
        host, port = _host_and_port(value) if isinstance(value, str) else (None, 0)
        if host is None or not 0 < port < 65536:
            raise _refused('an IP address, such as "1.1.1.1" or "127.0.0.1:5300"', value)
        return make(host, port)

    return BeforeValidator(read)


def shown(value: object) -> str:
    """Return *value* as a fault names it."""
    if value is None:
        return "empty"
    if isinstance(value, dict | list | tuple):
        return "a section" if isinstance(value, dict) else "a list"
    written = json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= 60 else f"{written[:57]}..."


def _refused(says: str, value: object) -> ValueError:
    return ValueError(f"must be {says}, is {shown(value)}")


def _whole(value: object, low: int, high: int, unit: str) -> int:
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"\d{1,9}", digits) or not low <= int(digits) <= high:
        raise _refused(f"{low} to {high}{unit}", value)
    return int(digits)


def _host_and_port(value: str) -> tuple[str | None, int]:
    bracketed = re.fullmatch(r"\[([^]]+)\](?::(\d{1,5}))?|([^:]+):(\d{1,5})", value)
    host, port = (bracketed[1] or bracketed[3], bracketed[2] or bracketed[4]) if bracketed else (value, None)
    try:
        return str(ip_address(host)), int(port or 53)
    except ValueError:
        return None, 0


_CRON = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 1, 7), ("year", 1970, 2199))
_NAMED = re.compile(r"\b(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)\b")


def _cron(value: object) -> str:
    """Source of the grammar: cron expressions of Amazon EventBridge, which AWS Backup uses."""
    written = re.fullmatch(r"cron\((\S+(?: \S+){5})\)", value) if isinstance(value, str) else None
    if written is None:
        raise _refused("cron(minute hour day-of-month month day-of-week year), such as cron(0 5 * * ? *)", value)
    fields = written[1].split(" ")
    if not re.fullmatch(r"\d{1,2}", fields[0]):
        raise ValueError(f"must name one minute, is {shown(value)}: AWS Backup runs a plan at most once an hour")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError(f"must have ? as day of month or as day of week, and not as both, is {shown(value)}")
    for field, (name, low, high) in zip(fields, _CRON, strict=True):
        _check_cron_field(field, name, low, high, value)
    return written[0]


def _check_cron_field(field: str, name: str, low: int, high: int, value: object) -> None:
    plain = _NAMED.sub(str(low), field.upper()) if name in ("month", "day of week") else field
    part = r"(\*|\d{1,4}(-\d{1,4})?)(/[1-9]\d?)?"
    allowed = rf"{part}(,{part})*" + (r"|\?|L|LW|\d{1,2}W|[1-7]L|[1-7]#[1-5]" if name.startswith("day") else "")
    numbers = [int(number) for number in re.findall(r"\d{1,9}", plain.partition("#")[0])]
    if not re.fullmatch(allowed, plain) or not all(low <= number <= high for number in numbers):
        raise ValueError(f"must have {low} to {high} as {name}, is {shown(value)}")


def _flag(value: object) -> bool:
    answer = _FLAGS.get(str(value).lower()) if isinstance(value, bool | str) else None
    if answer is None:
        raise _refused("true or false", value)
    return answer


_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

Flag = Annotated[bool, BeforeValidator(_flag)]
Schedule = Annotated[str, BeforeValidator(_cron)]  # at most once an hour, which is as often as AWS Backup runs a plan
Port = Annotated[int, whole(1, 65535)]
Account = Annotated[str, text(r"\d{12}", "an AWS account number, 12 digits in quotes")]
Region = Annotated[str, text(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region, such as us-east-1")]
BalancerName = Annotated[str, text(r"[A-Za-z0-9-]{1,32}", "up to 32 letters, digits and hyphens")]
ControlArn = Annotated[
    str, text(r"arn:aws:route53-recovery-control::\d{12}:controlpanel/[0-9a-z]+/routingcontrol/[0-9a-z]+", "the ARN of a routing control")
]
ClusterUrl = Annotated[
    str, text(r"https://\S+|http://127\.[0-9.]+:\d+\S*", "an https:// address, or http:// on this machine's 127.0.0.0/8")
]
CertificateArn = Annotated[str, text(r"arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}", "the ARN of an ACM certificate")]
Retention = Annotated[timedelta, days(1, 36500)]  # AWS Backup's longest
Objective = Annotated[timedelta, minutes(1, 7 * 24 * 60)]
RuleName = Annotated[str, text(r"[a-z][a-z0-9-]{0,29}", "up to 30 lower-case letters, digits and hyphens, a letter first")]
Query = Annotated[str, text(r"(?is)(select|with|table|values)\b[^;]{1,4000}", "one SQL query without a semicolon, such as select true")]
Email = Annotated[str, text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")]
HttpsUrl = Annotated[str, text(r"https://\S+", "an https:// address")]
Repository = Annotated[str, text(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}", "a GitHub repository, such as solemate/recovery")]
GitHub = Annotated[
    str, text(r"https://[A-Za-z0-9.-]+(:\d{1,5})?|http://127\.0\.0\.1:\d{1,5}", "an address of GitHub, such as https://github.com")
]
Registry = Annotated[
    str,
    text(
        r"|ecr|https://[A-Za-z0-9.-]+(:\d{1,5})?|http://127\.0\.0\.1:\d{1,5}",
        "an address of Docker Hub, such as https://registry-1.docker.io",
    ),
]
Index = Annotated[
    str, text(r"(https://[A-Za-z0-9.-]+(:\d{1,5})?|http://127\.0\.0\.1:\d{1,5})(/[\w./-]*)?|", "an https:// address, or empty")
]
Principal = Annotated[str, text(r"arn:aws:iam::\d{12}:(role|user)/[\w+=,.@/-]{1,512}", "the ARN of an IAM role or user")]
Environment = Annotated[str, text(r"[a-z][a-z0-9]{1,11}", "2 to 12 lower-case letters and digits, a letter first")]
Name = Annotated[str, text(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,127}", "a name of letters, digits and / _ . -")]
Domain = Annotated[str, text(r"([a-z0-9-]+\.)+[a-z]+", "a domain, such as solemate.example")]
Label = Annotated[str, text(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "one label of a domain, such as shop")]
UrlPath = Annotated[str, text(r"/\S*", "a path that starts with /")]
Image = Annotated[str, text(r"\S+", "a container image, such as solemate/storefront:1")]
HUB_IMAGE = r"([a-z0-9][a-z0-9_-]*/)?[a-z0-9]+([._-]+[a-z0-9]+)*(:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})"
HubImage = Annotated[str, text(HUB_IMAGE, "an image of Docker Hub with its tag or digest, such as solemate/storefront:1")]
S3_PLACE = r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f\x7f*?$/][^\x00-\x1f\x7f*?$]{0,119}"
S3Place = Annotated[str, text(S3_PLACE, "an object of S3, or a folder with a / at its end, such as s3://solemate-deployments/storefront/")]
ParameterPath = Annotated[str, text(r"(/[A-Za-z0-9_.-]+){1,14}", "a path of parameters, such as /solemate/prod")]
FileSystem = Annotated[str, text(r"fs-[0-9a-f]{8}([0-9a-f]{9})?", "the id of an EFS file system, such as fs-0123456789abcdef0")]
BucketName = Annotated[str, text(r"[a-z0-9][a-z0-9-]{1,45}[a-z0-9]", "3 to 47 lower-case letters, digits and hyphens")]
InstanceName = Annotated[str, text(r"(?=.{1,46}$)[a-z](-?[a-z0-9])*", "up to 46 lower-case letters, digits and single hyphens")]
InstanceClass = Annotated[str, text(r"db\.[a-z0-9]+\.[a-z0-9]+", "an RDS instance class, such as db.r6g.large")]
MajorVersion = Annotated[str, text(r"\d{2}", 'a major version of PostgreSQL, such as "16"')]
Identifier = Annotated[str, text(r"[a-z_][a-z0-9_]{0,62}", "a lower-case SQL name")]


def salvaged(section: type[Section], values: object) -> Section:
    """Return *section* with every value that is valid by itself; one that is not leaves its attribute out."""
    valid: dict[str, object] = {}
    given = values if isinstance(values, Mapping) else {}
    kinds = get_type_hints(section, include_extras=True)
    for name, field in section.model_fields.items():
        kind, key = kinds[name], field.alias or name
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            valid[name] = salvaged(kind, given.get(key))
            continue
        with suppress(KeyError, ValidationError):
            valid[name] = TypeAdapter(kind).validate_python(given[key])
    partly = section.model_construct(set(valid), **valid)
    for name in section.model_fields.keys() - valid:
        partly.__dict__.pop(name, None)  # a default that stands for a wrong value would mislead a rule
    return partly


def sentences(error: ValidationError, section: type[BaseModel]) -> list[tuple[str, str]]:
    """Return every fault in *error* as (path, sentence), the path as ``pulumi config set --path`` takes it."""
    entries = error.errors(include_url=False)
    return [(_path(entry["loc"]), _sentence(entry, section)) for entry in entries if not _echoes(entry, entries)]


def _echoes(entry: ErrorDetails, entries: list[ErrorDetails]) -> bool:
    """Tell whether *entry* calls a list too short only because an item in it is wrong."""
    place = entry["loc"]
    return entry["type"] == "too_short" and any(len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in entries)


def _path(loc: tuple[int | str, ...]) -> str:
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc if part != "[key]")
    return written.removeprefix(".")


def _sentence(entry: ErrorDetails, section: type[BaseModel]) -> str:
    context = entry.get("ctx", {})
    match entry["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return _unknown(str(entry["loc"][-1]), _keys(section, entry["loc"][:-1]))
        case "too_short":
            return f"must have at least {context['min_length']} entries, has {context['actual_length']}"
        case "too_long":
            return f"must have at most {context['max_length']} entries, has {context['actual_length']}"
        case "tuple_type":
            return f"must be a list, is {shown(entry['input'])}"
        case _:
            return f"must be a section with keys of its own, is {shown(entry['input'])}"


def _unknown(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    return f"unknown key; did you mean {close[0]}?" if close else f"unknown key; there are {', '.join(known)}"


def _keys(section: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that *section* has at *loc*."""
    for part in loc:
        for name, field in section.model_fields.items():
            inner = getattr(field.annotation, "__args__", (field.annotation,))[0]
            if part == (field.alias or name) and isinstance(inner, type) and issubclass(inner, BaseModel):
                section = inner
    return [field.alias or name for name, field in section.model_fields.items()]
