import json
import re
from pathlib import Path

import pytest

from bff.key_file import make_keys
from bff.settings import BadSettings, read_settings

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    zones = tmp_path / "zones.json"
    zones.write_text(json.dumps({"venue": "Asia/Singapore"}))
    return {
        "DATA_KEYS": f"{KEY}, {KEY}",
        "SLOT_KEYS": KEY,
        "COGNITO_PASSWORD_KEY": KEY,
        "VENUE_TIME_ZONES_FILE": str(zones),
        "STRIPE_WEBHOOK_SECRETS": "whsec_one, whsec_two",
        **dict.fromkeys(("SEVENROOMS_URL", "MEMBERSON_URL"), "http://127.0.0.1:1/"),
        **dict.fromkeys(("STRIPE_URL", "COGNITO_ISSUER"), "http://127.0.0.1:1/"),
        **dict.fromkeys(
            (
                "SEVENROOMS_CLIENT_ID",
                "SEVENROOMS_CLIENT_SECRET",
                "SEVENROOMS_CONCIERGE_ID",
                "SEVENROOMS_CONCIERGE_GROUP_ID",
                "MEMBERSON_API_USER",
                "MEMBERSON_API_PASSWORD",
                "STRIPE_SECRET_KEY",
                "STRIPE_PUBLISHABLE_KEY",
                "COGNITO_REGION",
                "COGNITO_POOL_ID",
                "COGNITO_CLIENT_ID",
            ),
            "canary-value",
        ),
    }


def test_a_whole_environment_is_read_with_types_and_defaults(environment: dict[str, str]) -> None:
    settings = read_settings(environment)
    assert settings.port == 8000
    assert settings.mode == "production"
    assert len(settings.data_keys) == 2
    assert settings.secrets.given["stripe"]["STRIPE_WEBHOOK_SECRETS"] == "whsec_one, whsec_two"
    assert settings.sevenrooms.time_zones == {"venue": "Asia/Singapore"}
    assert settings.sevenrooms.url == "http://127.0.0.1:1"
    assert settings.secrets.given["cognito"] == {"COGNITO_CLIENT_SECRET": ""}
    assert settings.cognito.jwks_url.endswith("/.well-known/jwks.json")


def test_without_a_word_everything_is_kept_on_this_machine(environment: dict[str, str]) -> None:
    settings = read_settings({**environment, "LEDGER_TABLE": "t", "WAKEUPS_QUEUE_URL": "http://q"})
    assert settings.ledger_table is None
    assert settings.wakeups_queue_url is None
    assert settings.data_keys_kms_key is None


def test_the_distributed_mode_names_a_table_a_queue_and_a_key(
    environment: dict[str, str],
) -> None:
    modes = {"LEDGER": "dynamodb", "WAKEUPS": "sqs"}
    with pytest.raises(BadSettings, match="set LEDGER_TABLE, WAKEUPS_QUEUE_URL"):
        read_settings({**environment, **modes})
    named = {
        "LEDGER_TABLE": "bookings",
        "WAKEUPS_QUEUE_URL": "https://queue.test/1/wakeups",
        "DATA_KEYS_KMS_KEY": "alias/bff",
        "DATA_KEYS": "c2VhbGVk, YnkgS01T",
    }
    settings = read_settings({**environment, **modes, **named})
    assert settings.ledger_table == "bookings"
    assert settings.wakeups_queue_url == "https://queue.test/1/wakeups"
    assert settings.data_keys == (b"sealed", b"by KMS")


def test_data_keys_come_from_a_file_or_from_the_environment_and_never_from_both(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "data-keys"
    make_keys(path, [KEY, KEY])
    both = {**environment, "DATA_KEYS_FILE": str(path)}
    with pytest.raises(BadSettings, match=r"FILE and DATA_KEYS \(set only one of them\)"):
        read_settings(both)
    neither = {name: value for name, value in environment.items() if name != "DATA_KEYS"}
    with pytest.raises(BadSettings, match="set DATA_KEYS_FILE or DATA_KEYS"):
        read_settings(neither)
    settings = read_settings({**neither, "DATA_KEYS_FILE": str(path)})
    assert settings.data_keys == (b"k" * 32, b"k" * 32)
    assert settings.data_keys_file == path


def test_a_file_of_data_keys_that_others_may_read_is_refused(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "data-keys"
    make_keys(path, [KEY])
    path.chmod(0o644)
    del environment["DATA_KEYS"]
    with pytest.raises(BadSettings, match=r"cannot read DATA_KEYS_FILE .*: chmod 600 "):
        read_settings({**environment, "DATA_KEYS_FILE": str(path)})


def test_keys_sealed_by_kms_may_be_in_a_file_as_well(
    environment: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "data-keys"
    make_keys(path, ["c2VhbGVk", "YnkgS01T"])
    del environment["DATA_KEYS"]
    named = {"DATA_KEYS_FILE": str(path), "DATA_KEYS_KMS_KEY": "alias/bff"}
    assert read_settings({**environment, **named}).data_keys == (b"sealed", b"by KMS")


@pytest.mark.parametrize("kind", ["folder", "letter"])
def test_what_is_no_ledger_is_refused_and_left_as_it_is(
    environment: dict[str, str], tmp_path: Path, kind: str
) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("Dear guest")
    path.chmod(0o755)
    with pytest.raises(BadSettings, match="LEDGER_PATH"):
        read_settings(environment | {"LEDGER_PATH": str(path)})
    assert path.stat().st_mode & 0o777 == 0o755


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as problem:
        read_settings({})
    for name in ("SEVENROOMS_URL", "MEMBERSON_URL", "STRIPE_URL", "DATA_KEYS", "COGNITO_POOL_ID"):
        assert name in str(problem.value)


def test_a_misspelt_name_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match="unknown: BFF_PROT"):
        read_settings({**environment, "BFF_PROT": "1"})


def test_other_tools_names_are_let_be(environment: dict[str, str]) -> None:
    read_settings({**environment, "STRIPE_API_KEY": "of the command line tool", "DATA_DIR": "/"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BFF_PORT", "70000"),
        ("BFF_PORT", "http"),
        ("BFF_MODE", "debug"),
        ("LEDGER", "postgres"),
        ("WAKEUPS", "kafka"),
        ("BFF_UPSTREAM_TIMEOUT_SECONDS", "inf"),
        ("BFF_TRUSTED_PROXIES", "-1"),
        ("HOLD_SECONDS", "5"),
        ("DATA_KEYS", "c2hvcnQ="),
        ("DATA_KEYS", ","),
        ("SLOT_KEYS", "%%%"),
        ("KEEP_BOOKINGS_DAYS", "29"),
        ("MEMBERSON_HISTORY", "maybe"),
        ("MEMBERSON_TIME_ZONE", "Mars/Olympus"),
        ("SEVENROOMS_URL", "demo.sevenrooms.com"),
        ("VENUE_TIME_ZONES_FILE", "no such file"),
    ],
)
def test_an_unreadable_value_is_named_in_one_sentence(
    environment: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(BadSettings, match=f"cannot read {name}"):
        read_settings({**environment, name: value})


def test_secrets_stay_out_of_the_repr(environment: dict[str, str]) -> None:
    shown = repr(read_settings({**environment, "STRIPE_SECRET_KEY": "canary-secret"}))
    assert "canary-secret" not in shown
    assert "whsec_one" not in shown


def test_the_example_lists_every_setting_and_nothing_else(environment: dict[str, str]) -> None:
    class Noted(dict[str, str]):
        asked: set[str]

        def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
            self.asked.add(name)
            return super().get(name, default)

    noted = Noted(environment)
    noted.asked = set()
    read_settings(noted)
    listed = set(re.findall(r"^([A-Z_]+)=", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    assert listed == noted.asked


def test_no_default_points_at_an_upstream() -> None:
    defaults = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE))
    assert {value for name, value in defaults.items() if name.endswith("_URL")} == {""}
