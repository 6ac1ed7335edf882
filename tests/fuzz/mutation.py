"""Damaged and made-up bytes, the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

_ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1)
_TOKENS = (
    b"1e308", b"-1e308", b"1e-320", b"nan", b"inf", b"9" * 40, b"-1", b"0", b"\0", b"\xff\xfe",
    b"\xed\xa0\x80", b"\x1b[2J", b"\xe2\x80\xae", b"&", b"<", b"]]>", b"<!DOCTYPE x [<!ENTITY e ",
    b"[" * 2000, b"{" * 200, b'"' * 99, b"(" * 300, b"../" * 20, b"=cmd|' /C calc'!A0", b"%s%n",
    b"&#x1;", b"*a", b"&a [*a,*a]", b"!!python/object:os.system", b"\n", b",", b";" * 500,
)  # fmt: skip


def mutated(seed: bytes, random_: random.Random, others: Sequence[bytes]) -> bytes:
    """`seed` with one to six changes: bits, numbers of all sizes in both byte orders, tokens, parts
    cut out, doubled, moved or taken from another seed, the end cut off."""
    data = bytearray(seed)
    for _ in range(random_.choice((1, 1, 1, 2, 3, 6))):
        # Headers decide more than what follows them.
        reach = len(data) if random_.random() < 0.5 else min(len(data), 512)
        at = random_.randrange(reach + 1)
        match random_.randrange(9):
            case 0 if data:
                data[at % len(data)] ^= 1 << random_.randrange(8)
            case 1 if data:
                data[at % len(data)] = random_.randrange(256)
            case 2:
                size = random_.choice((1, 2, 4, 8))
                number = random_.choice((*_NUMBERS, random_.getrandbits(63)))
                order = random_.choice(_ORDERS)
                data[at : at + size] = (number % (1 << 8 * size)).to_bytes(size, order)
            case 3:
                token = random_.choice(_TOKENS)
                data[at : at + random_.choice((0, len(token)))] = token
            case 4:
                del data[at : at + random_.choice((1, 4, 16, 200))]
            case 5:
                part = bytes(data[at : at + random_.choice((1, 8, 64, 1000))])
                data[at:at] = part * random_.choice((1, 2, 50))
            case 6:
                other = random_.choice(others)
                start = random_.randrange(len(other) + 1)
                data[at : at + 64] = other[start : start + random_.choice((4, 64, 2000))]
            case 7:
                del data[random_.randrange(len(data) + 1) :]
            case _:
                data[at : at + 16] = random_.randbytes(random_.randrange(17))
    return bytes(data)
