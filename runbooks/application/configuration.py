r"""Configuration: parameters, and the task definition with its environment, kept so that no secret is ever in clear.

Of a parameter that is secret the value is read, encrypted at once with KMS, and kept as ciphertext only: Parameter Store's own
ciphertext would be no use once its region is lost, so there is one under the data key of each region. An operator's role may open it,
to write it as a secret again (parameters.py); no command of ours puts it anywhere in clear. By hand it is opened piece by piece::

    aws kms decrypt --region REGION --ciphertext-blob fileb://PIECE \
        --encryption-context parameter=NAME,version=VERSION,piece=1/1 --query Plaintext --output text | base64 -d

A task definition names its secrets (``valueFrom``) and holds no value of theirs. What its ``environment`` says in clear is kept as
it is, in the encrypted bucket; differences name variables and never show them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from runbooks.application.place import Place
from runbooks.aws import ecs, signing, ssm
from runbooks.aws.ssm import Parameter
from runbooks.errors import Unreachable

Content = Mapping[str, Any]
"""``parameters`` by name and ``services`` by name, in plain JSON."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is there; ``state`` changes whenever any of it does, and tells nothing about values."""

    parameters: tuple[Parameter, ...]
    services: Mapping[str, Content]

    @property
    def state(self) -> str:
        said = [[each.name, each.type, each.version, each.modified.isoformat()] for each in self.parameters]
        arns = {name: definition["taskDefinitionArn"] for name, definition in self.services.items()}
        return sha256(json.dumps([said, arns], sort_keys=True).encode()).hexdigest()


def look(at: Place, *, decrypted: bool = False) -> Configuration:
    """Return the configuration as it is now; secrets are in clear, and in memory only, when they are asked for *decrypted*."""
    found = {each.name: each for path in at.wanted.parameters for each in ssm.parameters(at.door, path, decrypted=decrypted)}
    service = at.names.service
    definition = _plain(ecs.task_definition(at.door, at.names.cluster, service))
    return Configuration(tuple(found[name] for name in sorted(found)), {service: definition})


def _plain(definition: Content) -> Content:
    plain: Content = json.loads(json.dumps(definition, default=str))
    return plain


def kept(at: Place, seen: Configuration) -> tuple[Content, tuple[str, ...]]:
    """Return what is written of *seen*, secrets sealed under each region's key, and what there is to say about it."""
    silent: set[str] = set()
    parameters = {each.name: _kept(at, each, silent) for each in seen.parameters}
    sealed = (f"KMS in {region} does not answer: secrets are sealed under the other region's key alone" for region in sorted(silent))
    return {"parameters": parameters, "services": seen.services}, (*sealed, *_not_kept(at, seen.services))


def _not_kept(at: Place, services: Mapping[str, Content]) -> Iterator[str]:
    """Yield a sentence for each file of environment variables that a task definition reads from S3 and no place of the settings holds."""
    places = at.wanted.config_files
    for service, definition in services.items():
        for file in (file for container in definition.get("containerDefinitions", []) for file in container.get("environmentFiles", [])):
            where = f"s3://{str(file['value']).rpartition(':')[2]}"
            if where not in places and not where.startswith(tuple(place for place in places if place.endswith("/"))):
                yield f"{service} reads {where}, which is not kept: add it to application.configFiles"


def _kept(at: Place, each: Parameter, silent: set[str]) -> Content:
    said = {"type": each.type, "version": each.version, "modified": each.modified.isoformat()}
    return {**said, "sealed": _sealed(at, each, silent)} if each.secret else {**said, "value": each.value}


def _sealed(at: Place, each: Parameter, silent: set[str]) -> Mapping[str, list[str]]:
    """Return the ciphertexts by region. Here there must be one; a region that does not answer is asked once and then left out."""
    context = {"parameter": each.name, "version": str(each.version)}
    sealed = {}
    for region in at.names.settings.regions:
        try:
            if region not in silent:
                sealed[region] = signing.seal(at.door_to(region), at.names.key_alias("data"), each.value, context)
        except Unreachable:
            if region == at.region:
                raise
            silent.add(region)
    return sealed


def differences(before: Content, now: Configuration) -> tuple[str, ...]:
    """Return how AWS differs now from what was kept, a sentence each, and never a value."""
    return (*_parameters_differ(before["parameters"], now), *_services_differ(before["services"], now))


def _parameters_differ(before: Content, now: Configuration) -> Iterator[str]:
    there = {each.name: each for each in now.parameters}
    yield from (f"{name} is gone" for name in sorted(before.keys() - there.keys()))
    yield from (f"{name} is new" for name in sorted(there.keys() - before.keys()))
    for name in sorted(before.keys() & there.keys()):
        old, new = before[name], there[name]
        if (old["type"], old["version"], old["modified"]) != (new.type, new.version, new.modified.isoformat()):
            yield f"{name} is {new.type} version {new.version}, was {old['type']} version {old['version']}"


def _services_differ(before: Content, now: Configuration) -> Iterator[str]:
    for service in sorted(before.keys() & now.services.keys()):
        old, new = before[service], now.services[service]
        if old["taskDefinitionArn"] != new["taskDefinitionArn"]:
            yield f"{service} runs {_short(new)}, ran {_short(old)}"
        was, is_ = variables(old), variables(new)
        for name in sorted(was.keys() | is_.keys()):
            if was.get(name) != is_.get(name):
                yield f"{service}: {name} {'is gone' if name not in is_ else 'is new' if name not in was else 'has changed'}"


def _short(definition: Content) -> str:
    return str(definition["taskDefinitionArn"]).rpartition("/")[2]


def variables(definition: Content) -> Mapping[str, str]:
    """Return the environment of every container, with the ARNs in place of secrets; a name says its container."""
    return {
        f"{container['name']}/{entry['name']}": entry.get("value", entry.get("valueFrom", ""))
        for container in definition.get("containerDefinitions", [])
        for entry in (*container.get("environment", []), *container.get("secrets", []))
    }
