"""Step Functions: a state machine's executions, by a name of our own."""

from dataclasses import dataclass

from runbooks.aws.session import Door
from runbooks.errors import NotFound, Rejected


@dataclass(frozen=True, slots=True)
class Execution:
    """``status`` is AWS's word: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; ``cause`` what the machine says of a failure."""

    arn: str
    status: str
    cause: str

    @property
    def over(self) -> bool:
        return self.status not in ("RUNNING", "PENDING_REDRIVE")


def start(door: Door, machine: str, name: str) -> str:
    """Start *machine* (its ARN) as the execution *name* and return its ARN; one of that name was started before, and is that one.

    Raises :class:`NotFound` when there is no such machine.
    """
    try:
        return str(door.call("stepfunctions", "start_execution", stateMachineArn=machine, name=name, input="{}")["executionArn"])
    except Rejected as error:
        if error.code == "StateMachineDoesNotExist":
            raise NotFound(error.message, "deploy the stack (`pulumi up`)", error.code) from error
        if error.code != "ExecutionAlreadyExists":
            raise
        return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def execution(door: Door, arn: str) -> Execution:
    found = door.call("stepfunctions", "describe_execution", executionArn=arn)
    return Execution(arn, found["status"], found.get("cause") or found.get("error") or "")
