"""Why a resource was not made, when AWS did not say it."""


class NotMade(Exception):
    """The message is the reason: what was looked for and not found, or waited for and never came."""
