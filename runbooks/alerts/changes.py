"""What an operator wants changed about alerts, as places in the settings: the program declares them, and `pulumi up` makes it so. Pure."""

from runbooks.errors import Refused
from sections import Monitoring

THRESHOLDS = {"success-within": "successWithin", "monthly-budget": "monthlyBudget"}

Place = tuple[str | int, ...]


def created(address: str) -> Place:
    """Return the list that a new subscriber goes into: a page of https, or a mailbox."""
    if address.startswith("https://"):
        return ("monitoring", "endpoints")
    if "@" in address:
        return ("monitoring", "emails")
    raise Refused(f"{address} is neither a mailbox nor a page of https", "give an address such as oncall@solemate.example")


def updated(wish: str, monitoring: Monitoring) -> tuple[Place, str | int]:
    """Return the place and the value that *wish* (``WHAT=VALUE``) means: a threshold by its name, or a subscriber by its address."""
    what, _, value = wish.partition("=")
    if not value:
        raise Refused(f"--update {wish} does not say to what", f"write {what or 'WHAT'}=VALUE")
    if what in THRESHOLDS:
        if not value.isdecimal():
            raise Refused(f"{value} is no whole number", f"write {what}=26")
        return ("monitoring", THRESHOLDS[what]), int(value)
    for name, addresses in (("emails", monitoring.emails), ("endpoints", monitoring.endpoints)):
        if what in addresses:
            return ("monitoring", name, addresses.index(what)), value
    known = (*THRESHOLDS, *monitoring.emails, *monitoring.endpoints)
    raise Refused(f"there is no {what} to update", f"choose {', '.join(known)}")
