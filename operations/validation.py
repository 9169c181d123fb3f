"""What `invoke verify --restore-job` does: the build that validates restore tests runs it."""

from operations.shared import desk, open_console


def validate(job: str, region: str, stack: str, json: bool) -> int:
    """Look into what a restore test restored, and tell AWS Backup; exits 1 when that is FAILED."""
    from runbooks.console import print_json
    from runbooks.validation import validate

    done = validate(desk(stack), job, region)
    if json:
        print_json(done)
    else:
        open_console(json).print(done.spoken(), markup=False)
    return 0 if done.well else 1
