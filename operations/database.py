"""What the database's part of `invoke verify` does."""

from operations.shared import desk, open_console


def verify(instance: str, at: str, region: str, stack: str, json: bool) -> int:
    """Look into the database, or into a restored one beside it."""
    from runbooks import typed
    from runbooks.console import print_json
    from runbooks.databases.lookup import look_up

    found = look_up(desk(stack), region, instance, typed.moment(at, "--at"))
    if json:
        print_json(found)
    else:
        open_console(json).print("\n".join(each.spoken() for each in found), markup=False)
    return 0 if all(each.well for each in found) else 1
