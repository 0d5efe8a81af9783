"""The use cases: one public function for each thing a person does.

A service takes the session, the command, the actor and the moment; it raises a Problem or returns what was asked for. It knows no
web framework and never commits: whoever opened the session does, once, at the end.
"""
