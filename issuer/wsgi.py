"""What the web server loads, once in each of its processes."""

import os
import sys
from threading import Thread

from issuer.app import create_app
from issuer.certificates.sheet import warm_up
from issuer.settings import Settings
from keys.errors import VoltpassError

_DO_NOT_RESTART = 3
"""What makes the server stop instead of starting the process over and over."""

try:
    application = create_app(Settings.from_env(os.environ))
except VoltpassError as exc:
    sys.stderr.write(f"voltpass: {exc}\n")
    raise SystemExit(_DO_NOT_RESTART) from exc

# the first page is answered meanwhile; the first certificate finds the press ready
Thread(target=warm_up, name="warm-up", daemon=True).start()
