"""What the commands about secrets say before they ask anybody."""

from pathlib import Path

from bff.cli.ending import Exit
from tests.command_line import environment_in, run


def test_a_secret_that_is_kept_elsewhere_is_a_matter_of_the_settings(tmp_path: Path) -> None:
    refused = run(["rotate-secret", "stripe"], environment_in(tmp_path))
    assert (refused.returncode, refused.stdout) == (Exit.USAGE, "")
    assert refused.stderr == (
        "SECRETS is not secretsmanager: replace the secret where it is kept\n"
    )
