"""The papers of a case: what each is, the fields a template may use, filled Word files, their print pages, the dossier.

What stands on a paper comes in as plain values; nothing here knows the records, the web or the clock. The libraries of Word are
heavy and stand in ``word.py`` alone, which is loaded with the first paper that somebody asks for.
"""
