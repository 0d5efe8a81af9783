"""Figures in, a drawing out: bars, columns over months, lines and funnels as SVG for pages, the wall, print and Word.

Nothing but the standard library and markupsafe. No chart counts anything, knows a case or holds a word: figures and words come
from the caller, in the reader's language, and the caller also gives the same figures as a table beside the drawing. Colours are
classes of static/css/charts.css (day, dark, wall); the same colours by day stand in presentation attributes, so that a drawing
taken out of its page is still one. No style attributes and no scripts: the pages' Content-Security-Policy allows neither.
"""
