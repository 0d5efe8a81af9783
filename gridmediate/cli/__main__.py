"""``python -m gridmediate.cli``."""

import sys

from gridmediate.cli import main

sys.exit(main())
