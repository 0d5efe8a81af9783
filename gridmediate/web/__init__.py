"""The web application: blueprints, the checks that every request passes, forms and errors.

A view is four steps: read the form, call one service, choose the page, answer. It holds no rule, asks for permissions and never
for roles, and raises problems; :mod:`gridmediate.web.errors` answers them.
"""
