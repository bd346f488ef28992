"""How an operator's command ends."""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    USAGE = 2
    UNKNOWN_BOOKING = 3
    NOT_IN_DOUBT = 4
    BUSY = 5
    IN_DOUBT = 6
    AWAY = 7
    LEFT_OVER = 8
    NOT_ROTATED = 9
    SEALED = 10


class CannotDo(Exception):
    """What the operator asked for cannot be done; says why, and how the command ends."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code
