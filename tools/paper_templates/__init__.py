"""Makes the Word templates in ``templates/papers``: run ``python -m tools.paper_templates`` at the root of the tree.

The files are committed, and a test holds that they are what this makes. Chinese words stand in ``forms_*.py``, the look in
``sheet.py``.
"""
