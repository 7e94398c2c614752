"""The ctypes mirror of structs.h: sizes, offsets and constants of everything shared.

Standard library only; definitions, no behaviour. ``tests/contract`` proves that this file, the C
header and LuaJIT agree.
"""

from __future__ import annotations

import ctypes
import enum
from pathlib import Path

HEADER_PATH = Path(__file__).with_name("structs.h")

STRUCTS_VERSION = 1
RING_MAGIC = 0x47525353
BRIDGE_MAGIC = 0x52425353
MAX_FILTERS = 32
TEXT_BYTES = 384
HISTOGRAM_BUCKETS = 128


class Owner(enum.IntEnum):
    """Who may touch a slot."""

    FREE = 0
    FRAME = 1
    RESULT = 2


class FrameFormat(enum.IntEnum):
    """Pixel layout of a work frame."""

    RGBX = 1


class ResultKind(enum.IntEnum):
    """What the result part of a slot holds."""

    NONE = 0
    MATTE_U8 = 1


class FilterState(enum.IntEnum):
    """Life of a filter's entry in the bridge."""

    UNUSED = 0
    LIVE = 1
    CLOSED = 2


class Drawn(enum.IntEnum):
    """What a filter's last frame showed."""

    NOTHING = 0
    RESULT = 1
    POLICY = 2


class RingHeader(ctypes.LittleEndianStructure):
    """``ss_ring_header``: the first bytes of a ring file."""

    _fields_ = (
        ("magic", ctypes.c_uint32),
        ("version", ctypes.c_uint16),
        ("header_size", ctypes.c_uint16),
        ("slot_count", ctypes.c_uint32),
        ("slot_stride", ctypes.c_uint32),
        ("first_slot_offset", ctypes.c_uint32),
        ("frame_offset", ctypes.c_uint32),
        ("frame_capacity", ctypes.c_uint32),
        ("result_offset", ctypes.c_uint32),
        ("result_capacity", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 7),
    )


class SlotHeader(ctypes.LittleEndianStructure):
    """``ss_slot_header``: one work frame and its result."""

    _fields_ = (
        ("owner", ctypes.c_uint32),
        ("frame_format", ctypes.c_uint32),
        ("frame_seq_begin", ctypes.c_uint64),
        ("frame_seq_end", ctypes.c_uint64),
        ("frame_t_ns", ctypes.c_uint64),
        ("frame_width", ctypes.c_uint32),
        ("frame_height", ctypes.c_uint32),
        ("frame_stride", ctypes.c_uint32),
        ("result_kind", ctypes.c_uint32),
        ("result_seq_begin", ctypes.c_uint64),
        ("result_seq_end", ctypes.c_uint64),
        ("result_width", ctypes.c_uint32),
        ("result_height", ctypes.c_uint32),
        ("result_stride", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 13),
    )


class FilterEntry(ctypes.LittleEndianStructure):
    """``ss_filter``: what the two halves tell each other about one filter."""

    _fields_ = (
        ("state", ctypes.c_uint32),
        ("generation", ctypes.c_uint32),
        ("settings_version", ctypes.c_uint32),
        ("drawing", ctypes.c_uint32),
        ("render_count", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("source_name", ctypes.c_char * 256),
        ("model", ctypes.c_char * 64),
        ("device", ctypes.c_char * 16),
        ("frames", ctypes.c_uint64),
        ("without_matte_frames", ctypes.c_uint64),
        ("captured", ctypes.c_uint64),
        ("dropped", ctypes.c_uint64),
        ("mattes", ctypes.c_uint64),
        ("torn", ctypes.c_uint64),
        ("lua_errors", ctypes.c_uint64),
        ("last_render_ns", ctypes.c_uint64),
        ("callback_histogram", ctypes.c_uint32 * HISTOGRAM_BUCKETS),
        ("matte_age_histogram", ctypes.c_uint32 * HISTOGRAM_BUCKETS),
        ("ring_address", ctypes.c_uint64),
        ("ring_generation", ctypes.c_uint32),
        ("work_width", ctypes.c_uint32),
        ("work_height", ctypes.c_uint32),
        ("text_index", ctypes.c_uint32),
        ("text", (ctypes.c_char * TEXT_BYTES) * 2),
    )


class Bridge(ctypes.LittleEndianStructure):
    """``ss_bridge``: plain memory inside OBS, shared by the Lua half and the Python half."""

    _fields_ = (
        ("magic", ctypes.c_uint32),
        ("version", ctypes.c_uint16),
        ("filter_count", ctypes.c_uint16),
        ("size", ctypes.c_uint32),
        ("closed", ctypes.c_uint32),
        ("python_attached", ctypes.c_uint32),
        ("text_index", ctypes.c_uint32),
        ("bell", ctypes.c_int64),
        ("python_beat_ns", ctypes.c_uint64),
        ("text", (ctypes.c_char * TEXT_BYTES) * 2),
        ("filters", FilterEntry * MAX_FILTERS),
    )
