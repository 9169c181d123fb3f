"""Alarms, event rules and subscriptions: what there is, whom it reaches, and whether it does."""
