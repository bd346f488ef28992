"""`python -m bff data-keys`: make them, take a new one into use, seal anew, drop the old ones."""

import argparse
import asyncio
import base64
import json
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from bff.cli.ending import CannotDo, Exit
from bff.cli.resealing import Tally, counted, reseal
from bff.cli.standing_ledger import read_with_ledger
from bff.cli.telling import table_text
from bff.credentials.kms import new_sealed_key
from bff.credentials.vault import KEY_BYTES, Vault
from bff.key_file import BadKeyFile, make_keys, read_keys, replace_keys
from bff.settings import KeyFile, Settings, read_key_file
from bff.wiring.storage import Storage, open_storage

Act = Callable[[KeyFile], Coroutine[Any, Any, str]]


def add_to(commands: Any) -> None:
    text = "the keys under which the ledger keeps personal data"
    parser = commands.add_parser("data-keys", help=text, description=text)
    parser.set_defaults(run=_with_storage, act=listed, read=read_with_ledger)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    acts = parser.add_subparsers(dest="act_name")
    for name, act, says in (
        ("new", made, "make the file, with one key"),
        ("add", added, "put a new key last: it opens, and does not seal yet"),
        ("promote", promoted, "put the last key first: from the next start on it seals"),
    ):
        own = acts.add_parser(name, help=says, description=says)
        own.set_defaults(run=_with_file, act=act, read=read_key_file)
    for name, with_storage, says in (
        ("reseal", resealed, "seal all rows anew that an older key has sealed"),
        ("drop", dropped, "take the keys out of the file that seal no row any more"),
    ):
        own = acts.add_parser(name, help=says, description=says)
        own.add_argument("--json", action="store_true", help="one JSON document")
        own.set_defaults(run=_with_storage, act=with_storage)


def _with_file(file: KeyFile, options: argparse.Namespace) -> int:
    """The acts that only change the file; they need no other setting, and no ledger."""
    act: Act = options.act
    try:
        print(asyncio.run(act(file)))
    except BadKeyFile as problem:
        raise CannotDo(Exit.USAGE, str(problem)) from None
    return Exit.DONE


async def made(file: KeyFile) -> str:
    await asyncio.to_thread(make_keys, file.path, [await _new_key(file)])
    return f"{file.path} holds one key. Keep a copy of it apart from those of the ledger."


async def added(file: KeyFile) -> str:
    known = read_keys(file.path)
    replace_keys(file.path, [*known, await _new_key(file)])
    return f"{file.path} holds {len(known) + 1} keys. Restart every copy; then promote the new one."


async def promoted(file: KeyFile) -> str:
    *others, last = read_keys(file.path)
    if not others:
        raise BadKeyFile(f"{file.path} holds one key only: add one first")
    replace_keys(file.path, [last, *others])
    return "The new key is first. Restart every copy; then reseal."


async def _new_key(file: KeyFile) -> str:
    key = secrets.token_bytes(KEY_BYTES)
    if file.kms_key is not None:
        key = await new_sealed_key(file.kms_key)
    return base64.b64encode(key).decode()


def _with_storage(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(_run(settings, options))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    async with open_storage(settings) as storage:
        text, code = await options.act(storage, settings, options)
    print(text)
    return int(code)


async def listed(
    storage: Storage, _settings: Settings, options: argparse.Namespace
) -> tuple[str, Exit]:
    """Each key by its name, which says nothing of it, and how many rows it seals."""
    return _told(storage, await counted(storage.sealed_rows, storage.vault), options), Exit.DONE


async def resealed(
    storage: Storage, _settings: Settings, options: argparse.Namespace
) -> tuple[str, Exit]:
    done = await reseal(storage.sealed_rows, storage.vault)
    after = await counted(storage.sealed_rows, storage.vault)
    after.resealed = done.resealed
    old = sum(after.by_key.values()) - after.by_key[storage.vault.names[0]]
    return _told(storage, after, options), Exit.LEFT_OVER if old else Exit.DONE


async def dropped(
    storage: Storage, settings: Settings, options: argparse.Namespace
) -> tuple[str, Exit]:
    path = settings.data_keys_file
    if path is None:
        raise CannotDo(Exit.USAGE, "The data keys are not in a file: take them out of DATA_KEYS.")
    before = await counted(storage.sealed_rows, storage.vault)
    lines = dict(zip(map(_name, storage.data_keys), read_keys(path), strict=True))
    first = storage.vault.names[0]
    kept = [line for name, line in lines.items() if name == first or before.by_key[name]]
    replace_keys(path, kept)
    text = _told(storage, before, options)
    if not options.json:
        text += f"\n\n{len(lines) - len(kept)} dropped; {path} holds {len(kept)}"
    return text, Exit.DONE


def _name(key: bytes) -> str:
    return Vault([key]).names[0]


def _told(storage: Storage, tally: Tally, options: argparse.Namespace) -> str:
    names = storage.vault.names
    unknown = [name for name in tally.by_key if name not in names]
    rows = [
        {"key": name, "place": place, "rows": tally.by_key[name]}
        for place, name in enumerate(names, start=1)
    ] + [{"key": name, "place": None, "rows": tally.by_key[name]} for name in unknown]
    if options.json:
        return json.dumps(
            {"keys": rows, "resealed": tally.resealed, "unreadable": tally.unreadable}
        )
    text = table_text(
        ("KEY", "PLACE", "ROWS"),
        [(str(row["key"]), str(row["place"] or "not here"), str(row["rows"])) for row in rows],
    )
    return f"{text}\n\n{tally.resealed} sealed anew; {tally.unreadable} that no key here opens"
