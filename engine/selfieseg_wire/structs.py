"""The ctypes mirror of structs.h: sizes, offsets and constants of everything shared.

Standard library only; definitions, no behaviour. ``tests/contract`` proves that this file, the C
header and LuaJIT agree.
"""

from __future__ import annotations

import ctypes
import enum
from pathlib import Path

HEADER_PATH = Path(__file__).with_name("structs.h")

STRUCTS_VERSION = 4
RING_MAGIC = 0x47525353
BRIDGE_MAGIC = 0x52425353
MAX_FILTERS = 32
TEXT_BYTES = 768
LOOK_BYTES = 4096
SOURCE_NAMES_BYTES = 16380
MODEL_LIST_BYTES = 32764
HISTOGRAM_BUCKETS = 128
LAG_BUCKETS = 16


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
    COMPOSITE_RGBA = 2


class BackgroundKind(enum.IntEnum):
    """What a composite shows behind the person: the values of the setting ``background``."""

    BLUR = 1
    COLOR = 2
    IMAGE = 3
    VIDEO = 4
    SOURCE = 5
    TRANSPARENT = 6
    GRAYSCALE = 7
    NONE = 8


class ClassBit(enum.IntFlag):
    """The classes of a class plane, in the order of its channels."""

    HAIR = 1
    BODY_SKIN = 2
    FACE_SKIN = 4
    CLOTHES = 8


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


class Alignment(enum.IntEnum):
    """Which matte a frame is drawn with: the values of the setting ``alignment``."""

    LOW_LATENCY = 0
    EXACT = 1


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
        ("class_offset", ctypes.c_uint32),
        ("class_stride", ctypes.c_uint32),
        ("plane_offset", ctypes.c_uint32),
        ("plane_capacity", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 3),
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
        ("result_background", ctypes.c_uint32),
        ("result_inverted", ctypes.c_uint32),
        ("result_lead_us", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 10),
    )


class ClassHeader(ctypes.LittleEndianStructure):
    """``ss_class_header``: one class plane."""

    _fields_ = (
        ("seq_begin", ctypes.c_uint64),
        ("seq_end", ctypes.c_uint64),
        ("frame_t_ns", ctypes.c_uint64),
        ("width", ctypes.c_uint32),
        ("height", ctypes.c_uint32),
        ("stride", ctypes.c_uint32),
        ("classes", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32 * 6),
    )


class FilterEntry(ctypes.LittleEndianStructure):
    """``ss_filter``: what the two halves tell each other about one filter."""

    _fields_ = (
        ("state", ctypes.c_uint32),
        ("generation", ctypes.c_uint32),
        ("settings_version", ctypes.c_uint32),
        ("drawing", ctypes.c_uint32),
        ("render_count", ctypes.c_uint32),
        ("hidden", ctypes.c_uint32),
        ("model", ctypes.c_char * 64),
        ("device", ctypes.c_char * 16),
        ("look", ctypes.c_char * LOOK_BYTES),
        ("source_name", ctypes.c_char * 256),
        ("filter_name", ctypes.c_char * 256),
        ("frame_width", ctypes.c_uint32),
        ("frame_height", ctypes.c_uint32),
        ("frames", ctypes.c_uint64),
        ("without_matte_frames", ctypes.c_uint64),
        ("captured", ctypes.c_uint64),
        ("dropped", ctypes.c_uint64),
        ("mattes", ctypes.c_uint64),
        ("torn", ctypes.c_uint64),
        ("lua_errors", ctypes.c_uint64),
        ("last_render_ns", ctypes.c_uint64),
        ("filter", ctypes.c_uint64),
        ("alignment", ctypes.c_uint32),
        ("delay_frames", ctypes.c_uint32),
        ("delay_ns", ctypes.c_uint64),
        ("repeated_frames", ctypes.c_uint64),
        ("matte_lag_histogram", ctypes.c_uint32 * LAG_BUCKETS),
        ("callback_histogram", ctypes.c_uint32 * HISTOGRAM_BUCKETS),
        ("matte_age_histogram", ctypes.c_uint32 * HISTOGRAM_BUCKETS),
        ("ring_address", ctypes.c_uint64),
        ("ring_generation", ctypes.c_uint32),
        ("work_width", ctypes.c_uint32),
        ("work_height", ctypes.c_uint32),
        ("text_index", ctypes.c_uint32),
        ("text", (ctypes.c_char * TEXT_BYTES) * 2),
        ("classes", ctypes.c_uint32),
        ("background_generation", ctypes.c_uint32),
        ("background_source", ctypes.c_uint64),
        ("backdrop_address", ctypes.c_uint64),
        ("backdrop_width", ctypes.c_uint32),
        ("backdrop_height", ctypes.c_uint32),
        ("panic_presses", ctypes.c_uint32),
        ("toggle_presses", ctypes.c_uint32),
        ("next_presses", ctypes.c_uint32),
        ("panic_base", ctypes.c_uint32),
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
        ("source_names_version", ctypes.c_uint32),
        ("source_names", ctypes.c_char * SOURCE_NAMES_BYTES),
        ("model_list_version", ctypes.c_uint32),
        ("model_list", ctypes.c_char * MODEL_LIST_BYTES),
    )
