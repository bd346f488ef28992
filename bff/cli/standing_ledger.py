"""The settings of a command that asks a ledger what it holds, and is not to make one."""

from bff.cli.ending import CannotDo, Exit
from bff.settings import Settings, read_settings


def read_with_ledger() -> Settings:
    """Errors: BadSettings; CannotDo where nothing is at LEDGER_PATH."""
    settings = read_settings()
    if settings.ledger_table is None and not settings.ledger_path.exists():
        raise CannotDo(Exit.USAGE, f"There is no ledger at {settings.ledger_path}.")
    return settings
