"""How everything protected stands: looked at in both regions at once, judged against the settings, shown on one screen."""
