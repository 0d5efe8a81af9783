"""The rules of the work, in plain values.

Standard library only: no database, no web, no files, no clock, no randomness. Whoever knows a mediation office should be able
to read this room aloud and agree. What is asked for comes in as arguments; what is decided goes out as values or as a
:class:`~gridmediate.domain.problems.Problem`.
"""
