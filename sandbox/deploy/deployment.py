"""Deploy the program to the emulator."""

from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

import settings
from sandbox.clients import Clients
from sandbox.deploy import program, resources
from sandbox.deploy.errors import DeployError
from sandbox.deploy.inputs import Inputs
from sandbox.deploy.monitor import Made, Registration
from sandbox.deploy.recorded import RECORDED
from sandbox.deploy.registry import Wanted
from sandbox.deploy.wire import Values
from sandbox.progress import OnProgress, Progress, told


def deploy(config_file: Path, endpoint: str, on_progress: OnProgress = lambda _: None) -> program.Exports:
    """Run the program with the settings in *config_file* and make what it declares at *endpoint*; return its outputs.

    Raises :class:`settings.SettingsError` before anything is made, and :class:`DeployError` for the first resource that cannot be.
    """
    chosen = settings.load(config_file)
    return program.run(config_file, Creator(Clients(endpoint), chosen.active_region, on_progress))


class Creator:
    """An engine that makes each resource through the AWS API. After the first failure it starts nothing more."""

    def __init__(self, clients: Clients, region: str, on_progress: OnProgress) -> None:
        self._clients, self._region, self._on_progress = clients, region, on_progress
        self._failure: DeployError | None = None

    def configure(self, provider: Values) -> None:
        """Refuse a provider that is not for the emulator's account, as the real one does."""
        given = Inputs(provider)
        given.skip("version", "defaultTags", "skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation")
        allowed, region = given.get("allowedAccountIds", []), given.get("region", self._region)
        account = self._clients("sts", region).get_caller_identity()["Account"]
        if allowed and account not in allowed:
            raise _refused(f"the account here is {account}, and only {', '.join(allowed)} is allowed")
        if lost := given.unread():
            raise _refused(f"the sandbox does not know {', '.join(lost)}")

    def create(self, registration: Registration) -> Made:
        if self._failure is not None:
            raise self._failure
        wanted = self._wanted(registration.name, registration.inputs, registration.provider)
        if registration.type in RECORDED:
            return _recorded(registration, wanted, self._on_progress)
        try:
            with told(self._on_progress, registration.name, registration.type, wanted.region):
                return _make(registration, wanted)
        except DeployError as failure:
            self._failure = failure
            raise

    def call(self, function: str, arguments: Values, provider: Values) -> Values:
        answer = resources.ANSWERERS.get(function)
        name = str(arguments.get("name", ""))
        if answer is None:
            raise DeployError(function, name, "the program", "the sandbox has no answer to it: add one to sandbox/deploy/resources")
        try:
            return answer(self._wanted(name, arguments, provider))
        except (BotoCoreError, ClientError, resources.NotMade) as error:
            raise DeployError(function, name, "the program", str(error)) from error

    def _wanted(self, name: str, inputs: Values, provider: Values) -> Wanted:
        region = inputs.get("region") or provider.get("region") or self._region
        defaults = provider.get("defaultTags", {}).get("tags", {})
        own = {key: value for key, value in inputs.items() if key not in {"region", "tags"}}
        return Wanted(name, region, Inputs(own), {**defaults, **(inputs.get("tags") or {})}, self._clients)


def _recorded(registration: Registration, wanted: Wanted, on_progress: OnProgress) -> Made:
    """Note a resource that nothing here looks into: its id is its name, and it has no outputs of its own."""
    on_progress(Progress(registration.name, registration.type, wanted.region, 0.0, "recorded"))
    return Made(str(registration.inputs.get("name") or registration.name), {})


def _refused(reason: str) -> DeployError:
    return DeployError("pulumi:providers:aws", "aws", "the program", reason)


def _make(registration: Registration, wanted: Wanted) -> Made:
    def failed(reason: str) -> DeployError:
        return DeployError(registration.type, registration.name, registration.where, reason)

    maker = resources.MAKERS.get(registration.type)
    if maker is None:
        raise failed("the sandbox cannot make this type: add it to sandbox/deploy/resources")
    try:
        made = maker(wanted)
    except (BotoCoreError, ClientError, resources.NotMade) as error:
        raise failed(str(error)) from error
    except KeyError as error:
        raise failed(f"the sandbox needs {error}, which was not given") from error
    if lost := wanted.inputs.unread():
        raise failed(f"the sandbox does not pass on {', '.join(lost)}")
    return made
