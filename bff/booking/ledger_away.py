"""The failure of whatever the ledger is kept in."""


class LedgerAway(Exception):
    """It could not be read or written, or did not answer; then a write may have been done.

    The text says what broke and holds nothing that was written.
    """
