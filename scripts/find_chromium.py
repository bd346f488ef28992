"""Says in one sentence when no Chromium can be found for the browser tests."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")

if not os.environ.get("CHROMIUM") and not any(shutil.which(name) for name in NAMES):
    sys.exit("make e2e: Chromium is needed (Debian: apt-get install chromium, or set CHROMIUM)")
