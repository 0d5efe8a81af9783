"""``python -m gridmediate``."""

import sys

from gridmediate.cli import main

sys.exit(main())
