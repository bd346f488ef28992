"""Tests of the whole edge may ask for the running sandbox."""

from tests.sandbox_process import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]
