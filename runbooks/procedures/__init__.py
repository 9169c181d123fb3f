"""What people follow, written from the plans that the commands run; see :mod:`runbooks.procedures.pages`."""
