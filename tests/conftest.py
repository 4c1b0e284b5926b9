"""Every test finds the locked programs, `node` and `mainspring` among them, before any others of the machine."""

import os
import sys
from pathlib import Path

os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
