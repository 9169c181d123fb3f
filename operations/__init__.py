"""The commands by subject; tasks.py lists them."""
