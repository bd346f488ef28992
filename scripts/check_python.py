"""Says in one sentence when this Python is too old; runs on any Python 3."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells the others apart
    sys.exit(
        "Python 3.11 or newer is needed; this is %d.%d. Try: make PYTHON=python3.11 ..."  # noqa: UP031 - old Pythons read this
        % sys.version_info[:2]
    )
