"""Claims about gridmediate, each in the name of its test; one folder per room, as in the package."""
