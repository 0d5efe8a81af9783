"""The way out of the house: notices are planned, taken a message at a time, sent outside every transaction, the result kept.

No rule of a case is decided here, nothing personal is written into a message, and no database session stands open while the
other side is waited for. Addresses are unsealed for the moment of sending only.
"""
