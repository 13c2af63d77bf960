"""`python -m vid2vid_core` is `vid2vid`."""

import sys

from vid2vid_core.cli import main

sys.exit(main())
