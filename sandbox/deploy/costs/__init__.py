"""What the declared resources cost a month: quantities by type, prices with their sources, and an estimate made of both."""
