"""Files: what is kept of them on demand, and brought back."""
