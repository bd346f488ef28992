"""Who may call the stand-in and how it signs its webhooks: composed values, secret to nobody."""

_NAME = "sandbox"

ACCOUNT = f"acct_{_NAME}"
SECRET_KEY = f"sk_test_{_NAME}"
PUBLISHABLE_KEY = f"pk_test_{_NAME}"
WEBHOOK_SECRET = f"whsec_{_NAME}"

# The account's own version: what an answer follows when a request names none.
API_VERSION = "2026-10-28.endive"
