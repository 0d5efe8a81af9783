"""STATISTICS. What chance would do, of many cells at once: scipy, esda and libpysal, each run in a process of its own.

Numbers and outlines go in, numbers come out; nothing here knows a case, a person or a database.
"""
