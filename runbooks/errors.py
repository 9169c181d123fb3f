"""The error tree. Every error says what happened (``message``), what to do (``hint``), and whether trying again may help (``retry``).

::

    RunbookError
    ├── Refused            the world is not as it must be; nothing was changed
    ├── Paused             the operator or the process stopped the run; it can be resumed
    ├── StepFailed         a step ended without its effect; the run can be resumed
    ├── JournalBroken      the evidence does not hold together; nothing is done blindly on top of it
    ├── JournalLost        the journal takes no more records of this run; it can be resumed
    ├── LocalJournalFailed the operator's own disk did not take a record
    ├── BackupBroken       what was kept does not hold together; nothing is restored from it
    ├── EvidenceBroken     a report's evidence is missing, altered, or not what was signed
    ├── GitFailed          git ended without doing what it was asked
    ├── FetchFailed        a registry or an index did not give what it was asked for
    ├── LeaseHeld          another run acts at this moment
    ├── LeaseLost          this run no longer holds the lease: it must not act
    └── AwsError           AWS answered with an error, or not at all
        ├── NotFound           the named thing is not there
        ├── Denied             credentials lack a permission
        ├── Expired            credentials are missing or no longer valid
        ├── Skewed             this machine's clock is too far from AWS's for any call to be accepted
        ├── Busy               throttled, or the service is unwell: retry
        ├── Unreachable        no answer in time: retry
        ├── Conflict           a conditional write lost its race
        └── Rejected           AWS understood and refused
"""


class RunbookError(Exception):
    """The root: everything a runbook raises on purpose."""

    retry = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Refused(RunbookError):
    """A decision not to act; its message is the reason and its hint the way out."""


class Paused(RunbookError):
    """The run stopped between or inside steps at somebody's wish; what is done is journaled."""


class StepFailed(RunbookError):
    """A step ended without its effect."""


class JournalBroken(RunbookError):
    """A record is missing, altered or out of order; the message names which."""


class JournalLost(RunbookError):
    """The journal went out of reach in mid-run: nothing more may be done, for it would not be on record."""


class LocalJournalFailed(RunbookError):
    """The operator's own disk did not take a record."""


class BackupBroken(RunbookError):
    """A manifest, a part or a link of the chain is missing or altered; the message names which."""


class EvidenceBroken(RunbookError):
    """A file of the evidence, its manifest or its signature is not as it was; the message names the first."""


class GitFailed(RunbookError):
    """git refused, or a repository did not answer."""


class FetchFailed(RunbookError):
    """A registry of images or an index of packages refused, did not answer, or answered with something else."""


class LeaseHeld(RunbookError):
    """Another run holds the lease."""


class LeaseLost(RunbookError):
    """The lease passed to another run while this one slept."""


class AwsError(RunbookError):
    """An AWS call that gave no usable answer. ``code`` is AWS's own word, empty when there was no answer."""

    def __init__(self, message: str, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint)
        self.code = code


class NotFound(AwsError):
    pass


class Denied(AwsError):
    pass


class Expired(AwsError):
    pass


class Skewed(AwsError):
    pass


class Busy(AwsError):
    retry = True


class Unreachable(AwsError):
    retry = True


class Conflict(AwsError):
    pass


class Rejected(AwsError):
    pass
