"""What the web server loads, once in each of its processes."""

import os
import sys

from issuer.app import create_app
from issuer.settings import Settings
from keys.errors import VoltpassError

_DO_NOT_RESTART = 3
"""What makes the server stop instead of starting the process over and over."""

try:
    application = create_app(Settings.from_env(os.environ))
except VoltpassError as exc:
    sys.stderr.write(f"voltpass: {exc}\n")
    raise SystemExit(_DO_NOT_RESTART) from exc
