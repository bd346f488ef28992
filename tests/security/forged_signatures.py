"""RS256 signatures that no honest signer makes, after the families of the Wycheproof project.

A signature is the encoded message, raised to the private exponent. Most of these encode the message
otherwise than PKCS #1 v1.5 says, by a true key: a verifier that parses what it finds, rather than
comparing it with the one right encoding, takes some of them. With an exponent of 3 such a verifier
can be deceived without any private key.
"""

import hashlib
import itertools
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Forged = Iterator[tuple[str, bytes]]

# DER of the algorithm's name: the object identifier, then its parameters, which are NULL.
_SHA256 = bytes.fromhex("0609608648016503040201")
_OTHER_NAMES = {
    "SHA-1": bytes.fromhex("06052b0e03021a"),
    "SHA-224": bytes.fromhex("0609608648016503040204"),
    "SHA-384": bytes.fromhex("0609608648016503040202"),
    "SHA-512": bytes.fromhex("0609608648016503040203"),
    "SHA-512/256": bytes.fromhex("0609608648016503040206"),
    "SHA3-256": bytes.fromhex("0609608648016503040208"),
    "MD5": bytes.fromhex("06082a864886f70d0205"),
    "RSA": bytes.fromhex("06092a864886f70d010101"),
}
_NULL = bytes.fromhex("0500")
_MARKERS = ((0, 0), (0, 2), (1, 1), (0xFF, 1), (0, 0xFF), (2, 1), (1, 0))


def forged_signatures(key: rsa.RSAPrivateKey, message: bytes) -> Forged:
    """Each with its name; `key` is the one that the verifier trusts."""
    size = key.key_size // 8
    info = _digest_info(hashlib.sha256(message).digest())
    encodings = itertools.chain(
        _other_padding(info, size), _other_digests(message, size), _other_der(info, size)
    )
    for name, encoded in encodings:
        yield name, _raised(key, encoded)
    true = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    yield from _other_lengths(true)
    yield from _flipped(true)
    yield from _special_numbers(key.public_key().public_numbers().n, true, size)
    yield from _by_other_schemes(key, message)


def forged_by_a_cube_root(message: bytes, size: int = 256) -> bytes:
    """For a key with the exponent 3: right padding and digest, then whatever makes it a cube."""
    start = b"\x00\x01" + b"\xff" * 8 + b"\x00" + _digest_info(hashlib.sha256(message).digest())
    wanted = int.from_bytes(start + b"\xff" * (size - len(start)), "big")
    root = _cube_root(wanted)
    if (root**3).to_bytes(size, "big")[: len(start)] != start:
        raise ValueError("no cube begins like this")
    return root.to_bytes(size, "big")


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


def _digest_info(digest: bytes, name: bytes = _SHA256, parameters: bytes = _NULL) -> bytes:
    return _tlv(0x30, _tlv(0x30, name + parameters) + _tlv(0x04, digest))


def _padded(info: bytes, size: int) -> bytes:
    return b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info


def _raised(key: rsa.RSAPrivateKey, encoded: bytes) -> bytes:
    """By the two primes apart, which is four times as fast."""
    of = key.private_numbers()
    number = int.from_bytes(encoded, "big")
    by_q = pow(number, of.dmq1, of.q)
    by_p = pow(number, of.dmp1, of.p)
    raised = by_q + of.q * ((by_p - by_q) * of.iqmp % of.p)
    return raised.to_bytes(key.key_size // 8, "big")


def _other_padding(info: bytes, size: int) -> Forged:
    right = _padded(info, size)
    end = size - len(info) - 1
    for first, second in _MARKERS:
        yield f"begins {first:02x} {second:02x}", bytes((first, second)) + right[2:]
    for position, byte in itertools.product((2, 9, 10, end // 2, end - 1), (0x00, 0x01, 0xFE)):
        yield f"padding byte {position} is {byte:02x}", _with_byte(right, position, byte)
    for byte in (0x01, 0x30, 0xFF):
        yield f"separator is {byte:02x}", _with_byte(right, end, byte)
    for length in (0, 1, 7, 8, 9, 100):
        start = b"\x00\x01" + b"\xff" * length + b"\x00" + info
        for name, filler in (("zeros", b"\x00"), ("ones", b"\xff")):
            rest = filler * (size - len(start))
            yield f"{length} bytes of padding, {name} behind", start + rest
    yield "no padding, zeros in front", info.rjust(size, b"\x00")
    yield "only padding", b"\x00\x01" + b"\xff" * (size - 2)
    yield "the digest alone", _padded(info[-32:], size)
    yield "the object alone", _padded(info[2:], size)


def _other_digests(message: bytes, size: int) -> Forged:
    digest = hashlib.sha256(message).digest()
    for name, oid in _OTHER_NAMES.items():
        yield f"named {name}, hashed with SHA-256", _padded(_digest_info(digest, oid), size)
    for name in ("md5", "sha1", "sha224", "sha384", "sha512", "sha3_256", "blake2s"):
        other = hashlib.new(name, message).digest()
        yield f"named SHA-256, hashed with {name}", _padded(_digest_info(other), size)
    others = {
        "none": b"",
        "twice": digest * 2,
        "cut": digest[:-1],
        "longer": digest + b"\x00",
        "of the digest": hashlib.sha256(digest).digest(),
        "of another message": hashlib.sha256(message + b" ").digest(),
        "of nothing": hashlib.sha256(b"").digest(),
        "zeros": bytes(32),
        "reversed": digest[::-1],
        "in hexadecimal": digest.hex().encode(),
    }
    for name, other in others.items():
        yield f"digest {name}", _padded(_digest_info(other), size)


def _other_der(info: bytes, size: int) -> Forged:
    """Every byte of the structure changed, dropped and doubled, and the forms that only BER has."""
    digest = info[-32:]
    for position in range(len(info) - 32):
        yield f"byte {position} dropped", _padded(info[:position] + info[position + 1 :], size)
        doubled = info[: position + 1] + info[position:]
        yield f"byte {position} doubled", _padded(doubled, size)
        for change in (0x01, 0x80):
            changed = _with_byte(info, position, info[position] ^ change)
            yield f"byte {position} xor {change:02x}", _padded(changed, size)
    for name, parameters in {
        "missing": b"",
        "an empty sequence": b"\x30\x00",
        "NULL of a byte": b"\x05\x01\x00",
        "NULL with a long length": b"\x05\x81\x00",
        "two NULLs": _NULL * 2,
        "NULL and text": _NULL + b"\x0c\x02ok",
        "false": b"\x01\x01\x00",
    }.items():
        yield f"parameters: {name}", _padded(_digest_info(digest, parameters=parameters), size)
    algorithm, octets = _tlv(0x30, _SHA256 + _NULL), _tlv(0x04, digest)
    for name, changed in {
        "long length of one byte": b"\x30\x81" + bytes((len(algorithm + octets),)),
        "long length of two bytes": b"\x30\x82\x00" + bytes((len(algorithm + octets),)),
        "indefinite length": b"\x30\x80",
        "length 2^32 too much": b"\x30\x85\x01\x00\x00\x00" + bytes((len(algorithm + octets),)),
        "length 2^64 too much": b"\x30\x89\x01" + bytes(7) + bytes((len(algorithm + octets),)),
    }.items():
        end = b"\x00\x00" if "indefinite" in name else b""
        yield f"sequence: {name}", _padded(changed + algorithm + octets + end, size)
    for name, changed in {
        "long length of one byte": b"\x04\x81\x20" + digest,
        "long length of two bytes": b"\x04\x82\x00\x20" + digest,
        "indefinite length": b"\x24\x80" + octets + b"\x00\x00",
        "in two parts": b"\x24\x24" + _tlv(4, digest[:16]) + _tlv(4, digest[16:]),
        "bits": b"\x03\x21\x00" + digest,
    }.items():
        yield f"digest: {name}", _padded(_tlv(0x30, algorithm + changed), size)
    for name, behind in {"a zero": b"\x00", "a NULL": _NULL, "garbage": b"garbage"}.items():
        yield f"{name} behind the structure", _padded(info + behind, size)
        yield f"{name} within it", _padded(_tlv(0x30, algorithm + octets + behind), size)
    yield "the other way round", _padded(_tlv(0x30, octets + algorithm), size)
    yield "wrapped once more", _padded(_tlv(0x30, info), size)


def _other_lengths(true: bytes) -> Forged:
    for zeros in (1, 2, 8, 256):
        yield f"{zeros} zeros in front", bytes(zeros) + true
        yield f"{zeros} zeros behind", true + bytes(zeros)
    for cut in (1, 2, 128, 255):
        yield f"without its last {cut}", true[:-cut]
        yield f"without its first {cut}", true[cut:]
    yield "one byte", b"\x00"
    yield "twice", true * 2
    yield "reversed", true[::-1]
    yield "in hexadecimal", true.hex().encode()
    yield "as a DER integer", b"\x02\x82\x01\x00" + true
    yield "as DER octets", b"\x04\x82\x01\x00" + true


def _flipped(true: bytes) -> Forged:
    for bit in range(0, len(true) * 8, 61):
        position, within = divmod(bit, 8)
        yield f"bit {bit} flipped", _with_byte(true, position, true[position] ^ 1 << within)


def _special_numbers(modulus: int, true: bytes, size: int) -> Forged:
    """Those that stay what they are under any exponent, and those outside of the group."""
    signed = int.from_bytes(true, "big")
    for name, number in {
        "0": 0,
        "1": 1,
        "2": 2,
        "n - 1": modulus - 1,
        "n": modulus,
        "n + 1": modulus + 1,
        "all ones": 256**size - 1,
        "n - s": modulus - signed,
        "half of n": modulus // 2,
    }.items():
        yield f"the number {name}", number.to_bytes(size, "big")
    yield "the number s + n", (signed + modulus).to_bytes(size + 1, "big")
    yield "the number 2n + s", (signed + 2 * modulus).to_bytes(size + 1, "big")


def _by_other_schemes(key: rsa.RSAPrivateKey, message: bytes) -> Forged:
    other_hashes: tuple[hashes.HashAlgorithm, ...] = (
        hashes.SHA224(),
        hashes.SHA384(),
        hashes.SHA512(),
        hashes.SHA3_256(),
    )
    for other in other_hashes:
        yield f"PKCS #1 v1.5 with {other.name}", key.sign(message, padding.PKCS1v15(), other)
    for salt in (0, 20, 32):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
        yield f"PSS with a salt of {salt}", key.sign(message, pss, hashes.SHA256())
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=key.key_size)
    yield "by another key", stranger.sign(message, padding.PKCS1v15(), hashes.SHA256())


def _with_byte(data: bytes, position: int, byte: int) -> bytes:
    return data[:position] + bytes((byte,)) + data[position + 1 :]


def _cube_root(number: int) -> int:
    """The largest whole number whose cube is not above `number`."""
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle)
    return low
