"""The bytes of every message, as they were when version 5 was fixed: no refactoring may change them."""

from __future__ import annotations

import pytest

from selfieseg_wire import messages
from selfieseg_wire.messages import (
    Backdrop,
    BackdropDone,
    Close,
    Configure,
    Error,
    Frame,
    Hello,
    Matte,
    Message,
    ModelRow,
    Models,
    Open,
    Opened,
    Ping,
    Pong,
    Progress,
    Stats,
    StatsRequest,
    Telemetry,
    Welcome,
    decode,
    encode,
)

GOLDEN: list[tuple[Message, str]] = [
    (
        Hello(4711, "obs", "t0ken"),
        "9505a568656c6c6fcd1267a36f6273a574306b656e",
    ),
    (
        Welcome(4712, "0.1.0"),
        "9405a777656c636f6d65cd1268a5302e312e30",
    ),
    (
        Models(
            (
                ModelRow("selfie_segmentation", "Selfie segmentation, general", True, False, True),
                ModelRow("hair", "Haar ä", False, True, False),
            )
        ),
        "9305a66d6f64656c739295b373656c6669655f7365676d656e746174696f6ebc53656c666965207365676d65"
        "6e746174696f6e2c2067656e6572616cc3c2c395a468616972a74861617220c3a4c2c3c2",
    ),
    (
        Open(1, "Kamera ä", "/run/x/ring-4711-1", "auto", "AUTO", "background=blur", 1280, 720),
        "9a05a46f70656e01a94b616d65726120c3a4b22f72756e2f782f72696e672d343731312d31a46175746fa441"
        "55544faf6261636b67726f756e643d626c7572cd0500cd02d0",
    ),
    (
        Opened(1, "selfie_segmentation_landscape", "CPU", 256, 144, 1, "hair_segmentation"),
        "9905a66f70656e656401bd73656c6669655f7365676d656e746174696f6e5f6c616e647363617065a3435055"
        "cd0100cc9001b1686169725f7365676d656e746174696f6e",
    ),
    (
        Progress(1, "hair", 4096, 2**40),
        "9605a870726f677265737301a468616972cd1000cf0000010000000000",
    ),
    (
        Backdrop(1, 2, "/home/x/beach.jpg", "/run/x/backdrop-4711-1", 1280, 720),
        "9805a86261636b64726f700102b12f686f6d652f782f62656163682e6a7067b62f72756e2f782f6261636b64"
        "726f702d343731312d31cd0500cd02d0",
    ),
    (
        BackdropDone(1, 2, "it is no picture", "choose another"),
        "9605ad6261636b64726f705f646f6e650102b06974206973206e6f2070696374757265ae63686f6f73652061"
        "6e6f74686572",
    ),
    (
        Frame(1, 2**40, 3, 256, 144, 1024, 1, 123456789012),
        "9a05a56672616d6501cf000001000000000003cd0100cc90cd040001cf0000001cbe991a14",
    ),
    (
        Matte(1, 2**40, 3, 1, 250000, 4000000),
        "9805a56d6174746501cf00000100000000000301ce0003d090ce003d0900",
    ),
    (
        Configure(1, "selfie_segmentation", "CPU", "blur_strength=50", 1280, 720),
        "9805a9636f6e66696775726501b373656c6669655f7365676d656e746174696f6ea3435055b0626c75725f73"
        "7472656e6774683d3530cd0500cd02d0",
    ),
    (
        Close(1),
        "9305a5636c6f736501",
    ),
    (
        Telemetry(1, 900, 30, 2, 0.25, 1.5, 66.7, 8.0, 12.5, 1, 1, 66.7, 2, 4),
        "dc001005a974656c656d6574727901cd03841e02cb3fd0000000000000cb3ff8000000000000cb4050accccccccc"
        "cdcb4020000000000000cb402900000000000001"
        "01cb4050accccccccccd0204",
    ),
    (
        StatsRequest(),
        "9205a57374617473",
    ),
    (
        Stats('{"engine": {}}'),
        "9305ab73746174735f7265706c79ae7b22656e67696e65223a207b7d7d",
    ),
    (
        Ping(123456789012),
        "9305a470696e67cf0000001cbe991a14",
    ),
    (
        Pong(123456789012),
        "9305a4706f6e67cf0000001cbe991a14",
    ),
    (
        Error(1, "bad_ring", "no", "do"),
        "9605a56572726f7201a86261645f72696e67a26e6fa2646f",
    ),
]
IDS = [message.KIND for message, _ in GOLDEN]


def test_every_message_has_golden_bytes() -> None:
    assert {type(message) for message, _ in GOLDEN} == set(messages._KINDS.values())
    assert messages.PROTOCOL_VERSION == 5


@pytest.mark.parametrize(("message", "golden"), GOLDEN, ids=IDS)
def test_encodes_to_golden_bytes(message: Message, golden: str) -> None:
    assert encode(message).hex() == golden


@pytest.mark.parametrize(("message", "golden"), GOLDEN, ids=IDS)
def test_decodes_golden_bytes(message: Message, golden: str) -> None:
    assert decode(bytes.fromhex(golden)) == message
