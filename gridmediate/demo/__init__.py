"""The demonstration street's people and life: invented, from one seed, the same on every machine.

All but the walking (``life``) takes a ``random.Random`` and a day and gives plain values back: no clock, no database. ``life``
walks these plans through the services, so that the demonstration is made by the same rules as real work.

May not be done here: real persons, firms or places; numbers that could ring somebody; stories that blame.
"""
