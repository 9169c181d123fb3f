"""Reports for whoever must believe them later: evidence in, one record, several formats out.

``period -> evidence -> collect, bundle -> figures -> findings -> mapping -> record -> page, oscal, asff, table, sheet``.
"""
