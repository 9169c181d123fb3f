"""The database's backups: made on demand, found for a moment, restored beside the original, put in its place."""
