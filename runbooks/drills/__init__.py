"""Drills: recovery tried with the production steps on isolated targets, looked into, measured, and cleared away."""
