"""The application, kept and brought back: repositories as bundles, configuration as it was, each set under one signed manifest."""
