"""The database, backed up, restored beside what is there, looked into, and put in the place of what was lost."""
