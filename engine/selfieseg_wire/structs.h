/* Every structure that crosses a language or process border, declared once.
 *
 * The Lua half gives this very text to LuaJIT's ffi.cdef; structs.py mirrors it with ctypes; a test
 * compiles it with a C compiler and proves that all three agree on every size and offset.  No
 * preprocessor lines: ffi.cdef has none.  All fields are little-endian and naturally aligned; strings
 * are UTF-8, zero-terminated and zero-padded; times are nanoseconds of the system's monotonic clock.
 *
 * The ring: a file mapped by OBS and by the engine, one per filter.
 *   ss_ring_header, then slot_count slots of slot_stride bytes, the first at first_slot_offset.
 *   A slot is an ss_slot_header, a work frame at frame_offset and, for that same frame, the result at
 *   result_offset: a frame and its own matte can never be mistaken for another pair.
 *   slot.owner is written only inside OBS: the Lua half fills FREE slots and hands them over as FRAME;
 *   the Python half lends them to the engine and gives them back as RESULT, or as FREE if dropped; the
 *   Lua half reads a RESULT and frees it.  The engine writes nothing but the result fields and pixels.
 *   After the slots come two class planes, written by the engine alone at its own, lower rate, each in turn:
 *   an ss_class_header, then RGBX8 probabilities of hair, body skin, face skin and clothes at plane_offset.
 *   Each writer puts the sequence number in *_seq_begin, writes the payload, then puts it in *_seq_end:
 *   a reader that finds them different, before or after reading, has a torn slot and must not use it.
 *
 * The bridge: plain memory inside OBS, made by the Lua half, shared with the Python half.
 *   Fields under "Lua writes" are never written by Python and the other way round (state excepted).
 *   Before Python unmaps a ring or closes the bell it unpublishes it and waits until the renders that were
 *   under way have ended (render_count).  It must not take OBS's graphics lock for that: coming back from C
 *   it would wait for the GIL with that lock held, and a neighbour may hold the GIL and wait for the lock.
 */

typedef struct {
  uint32_t magic;             /* SS_RING_MAGIC */
  uint16_t version;           /* SS_STRUCTS_VERSION */
  uint16_t header_size;       /* sizeof(ss_ring_header) */
  uint32_t slot_count;
  uint32_t slot_stride;       /* bytes from one slot to the next */
  uint32_t first_slot_offset; /* bytes from the start of the file */
  uint32_t frame_offset;      /* bytes from the start of a slot */
  uint32_t frame_capacity;    /* bytes */
  uint32_t result_offset;     /* bytes from the start of a slot */
  uint32_t result_capacity;   /* bytes */
  uint32_t class_offset;      /* bytes from the start of the file to the first class plane; 0: there is none */
  uint32_t class_stride;      /* bytes from one class plane to the other */
  uint32_t plane_offset;      /* bytes from the start of a class plane to its pixels */
  uint32_t plane_capacity;    /* bytes */
  uint32_t reserved[3];
} ss_ring_header;

typedef struct {
  uint32_t owner;             /* SS_OWNER_* */
  uint32_t frame_format;      /* SS_FORMAT_* */
  uint64_t frame_seq_begin;
  uint64_t frame_seq_end;
  uint64_t frame_t_ns;        /* when the picture was drawn */
  uint32_t frame_width;
  uint32_t frame_height;
  uint32_t frame_stride;      /* bytes per row */
  uint32_t result_kind;       /* SS_RESULT_* */
  uint64_t result_seq_begin;
  uint64_t result_seq_end;
  uint32_t result_width;
  uint32_t result_height;
  uint32_t result_stride;     /* bytes per row */
  uint32_t result_background; /* SS_BACKGROUND_* that a composite was drawn with */
  uint32_t result_inverted;   /* 1: a composite was drawn with the matte inverted */
  uint32_t result_lead_us;    /* microseconds by which the matte was moved ahead of its frame's time */
  uint32_t reserved[10];
} ss_slot_header;

typedef struct {
  uint64_t seq_begin;         /* raised by every plane written; the plane with the higher number is newer */
  uint64_t seq_end;
  uint64_t frame_t_ns;        /* when the picture that it was computed from was drawn */
  uint32_t width;
  uint32_t height;
  uint32_t stride;            /* bytes per row */
  uint32_t classes;           /* SS_CLASS_* that the model knows; the other channels are 0 */
  uint32_t reserved[6];
} ss_class_header;

typedef struct {
  /* Lua writes */
  uint32_t state;             /* SS_FILTER_*; CLOSED goes back to UNUSED by Python, or by Lua where no Python is attached */
  uint32_t generation;        /* counts the filters that have had this entry */
  uint32_t settings_version;  /* odd while the fields down to look are being written */
  uint32_t drawing;           /* SS_DRAWN_*: what the last frame showed */
  uint32_t render_count;      /* raised when a render begins and when it ends: odd while one is under way */
  uint32_t hidden;            /* 1: the user's panic key hides everything */
  char model[64];
  char device[16];
  char look[4096];            /* the other settings, lines of key=value (selfieseg_wire/look_text.py) */
  char source_name[256];      /* the OBS source that carries the filter */
  char filter_name[256];
  uint32_t frame_width;       /* of the source, as it was drawn last; 0 before */
  uint32_t frame_height;
  uint64_t frames;            /* rendered, each counted once however often it is drawn */
  uint64_t without_matte_frames;
  uint64_t captured;          /* work frames put into the ring */
  uint64_t dropped;           /* work frames for which no slot was free */
  uint64_t mattes;            /* results drawn */
  uint64_t torn;              /* results refused */
  uint64_t lua_errors;
  uint64_t last_render_ns;
  uint64_t filter;            /* obs_source_t * of the filter: to be compared, never to be followed */
  uint32_t alignment;         /* SS_ALIGNMENT_* that frames are drawn with */
  uint32_t delay_frames;      /* EXACT: how many frames the picture is late; 0 before the first matte, and otherwise */
  uint64_t delay_ns;          /* the same as a time */
  uint64_t repeated_frames;   /* EXACT: frames that showed the picture before again, as theirs had no matte in time */
  uint32_t matte_lag_histogram[16];   /* frames drawn with the matte of a picture so many frames older; 15: or more */
  uint32_t callback_histogram[128];   /* counts of 2**(i/6) microseconds */
  uint32_t matte_age_histogram[128];  /* the same */
  /* Python writes */
  uint64_t ring_address;      /* of the mapped ring, 0 = none */
  uint32_t ring_generation;   /* changes after ring_address or the work size has changed */
  uint32_t work_width;
  uint32_t work_height;
  uint32_t text_index;        /* which of text[] is current */
  char text[2][768];          /* the state in plain words */
  uint32_t classes;           /* SS_CLASS_* that a model at hand gives */
  uint32_t background_generation; /* changes after background_source or a backdrop field has changed */
  uint64_t background_source; /* obs_weak_source_t * of the background 'source' or 'video', 0 = none */
  uint64_t backdrop_address;  /* of the mapped RGBX pixels of the background 'image', 0 = none */
  uint32_t backdrop_width;
  uint32_t backdrop_height;
  /* the hotkey script writes: how often each was pressed */
  uint32_t panic_presses;
  uint32_t toggle_presses;
  uint32_t next_presses;
  uint32_t panic_base;        /* Python writes: hidden while panic_presses less this is odd */
} ss_filter;

typedef struct {
  /* Lua writes */
  uint32_t magic;             /* SS_BRIDGE_MAGIC */
  uint16_t version;           /* SS_STRUCTS_VERSION */
  uint16_t filter_count;      /* SS_MAX_FILTERS */
  uint32_t size;              /* sizeof(ss_bridge) */
  uint32_t closed;            /* 1: the Lua half is gone */
  /* Python writes */
  uint32_t python_attached;   /* 1: Python frees the bridge once it is closed; 0: Lua does */
  uint32_t text_index;
  int64_t bell;               /* socket to send one byte to when a frame is ready, -1 = none */
  uint64_t python_beat_ns;    /* when the helper thread last went round */
  char text[2][768];          /* what keeps the whole product from working, or empty */
  ss_filter filters[32];
  /* Python writes */
  uint32_t source_names_version; /* odd while they are being written */
  char source_names[16380];   /* of all sources with a picture, one a line */
  uint32_t model_list_version; /* odd while it is being written; 0 before the engine has told it */
  char model_list[32764];     /* a model a line: its id, the letters of what is true of it, its title, tabs between;
                                 m gives mattes, c gives classes, h is at hand */
} ss_bridge;

enum {
  SS_STRUCTS_VERSION = 4,
  SS_RING_MAGIC = 0x47525353,     /* "SSRG" */
  SS_BRIDGE_MAGIC = 0x52425353,   /* "SSBR" */
  SS_MAX_FILTERS = 32,
  SS_OWNER_FREE = 0, SS_OWNER_FRAME = 1, SS_OWNER_RESULT = 2,
  SS_FORMAT_RGBX = 1,             /* 8-bit R, G, B and a byte that means nothing */
  SS_RESULT_NONE = 0, SS_RESULT_MATTE_U8 = 1,
  SS_RESULT_COMPOSITE_RGBA = 2,   /* 8-bit R, G, B, A, premultiplied: the finished picture */
  SS_BACKGROUND_BLUR = 1, SS_BACKGROUND_COLOR = 2, SS_BACKGROUND_IMAGE = 3, SS_BACKGROUND_VIDEO = 4,
  SS_BACKGROUND_SOURCE = 5, SS_BACKGROUND_TRANSPARENT = 6, SS_BACKGROUND_GRAYSCALE = 7, SS_BACKGROUND_NONE = 8,
  SS_CLASS_HAIR = 1, SS_CLASS_BODY_SKIN = 2, SS_CLASS_FACE_SKIN = 4, SS_CLASS_CLOTHES = 8,
  SS_FILTER_UNUSED = 0, SS_FILTER_LIVE = 1, SS_FILTER_CLOSED = 2,
  SS_ALIGNMENT_LOW_LATENCY = 0, SS_ALIGNMENT_EXACT = 1,
  SS_DRAWN_NOTHING = 0, SS_DRAWN_RESULT = 1, SS_DRAWN_POLICY = 2
};
