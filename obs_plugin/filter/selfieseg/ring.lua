-- This side of the frame ring (structs.h): fills FREE slots with work frames, takes RESULT slots.
-- Graphics thread only.  The memory is Python's; it is valid for as long as it is published in the bridge.
local ffi = require "ffi"
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Ring = {}
Ring.__index = Ring

-- `address` of a mapped ring (a number), `k` the constants of structs.h.
function Ring.attach(address, k)
  local base = ffi.cast("uint8_t *", ffi.cast("uintptr_t", address))
  local header = ffi.cast("ss_ring_header *", base)
  assert(header.magic == k.SS_RING_MAGIC and header.version == k.SS_STRUCTS_VERSION, "not a frame ring of this version")
  local ring = setmetatable({ k = k, count = header.slot_count, frame_capacity = header.frame_capacity,
                              result_capacity = header.result_capacity, slots = {}, frames = {}, results = {},
                              plane_count = header.class_offset > 0 and 2 or 0, plane_capacity = header.plane_capacity,
                              planes = {}, plane_pixels = {} }, Ring)
  for i = 0, ring.count - 1 do
    local slot = base + header.first_slot_offset + i * header.slot_stride
    ring.slots[i] = ffi.cast("ss_slot_header *", slot)
    ring.frames[i] = slot + header.frame_offset
    ring.results[i] = slot + header.result_offset
  end
  for i = 0, ring.plane_count - 1 do
    local plane = base + header.class_offset + i * header.class_stride
    ring.planes[i] = ffi.cast("ss_class_header *", plane)
    ring.plane_pixels[i] = plane + header.plane_offset
  end
  return ring
end

function Ring:free_slot()
  for i = 0, self.count - 1 do
    if self.slots[i].owner == self.k.SS_OWNER_FREE then return i end
  end
end

-- What asks C's memory for 64-bit numbers and pointers is compiled, each by itself: see clock.lua.

local function frame_seq(slot)
  local seq = tonumber(slot.frame_seq_end)
  return seq
end

local function frame_time(slot)
  local t_ns = tonumber(slot.frame_t_ns)
  return t_ns
end

-- The numbers that the frame in a slot was begun and ended with, and those of the result.
local function slot_seqs(slot)
  local frame_first, frame_last = tonumber(slot.frame_seq_begin), tonumber(slot.frame_seq_end)
  local first, last = tonumber(slot.result_seq_begin), tonumber(slot.result_seq_end)
  return frame_first, frame_last, first, last
end

-- The number that a class plane was begun with, and the one that it was ended with.
local function plane_seqs(header)
  local first, last = tonumber(header.seq_begin), tonumber(header.seq_end)
  return first, last
end

local function plane_time(header)
  local t_ns = tonumber(header.frame_t_ns)
  return t_ns
end

local function copy_at_once(out, rows_at, bytes) ffi.copy(out, rows_at[0], bytes) end

local function copy_rows(out, row_bytes, rows_at, linesize, height)
  for y = 0, height - 1 do ffi.copy(out + y * row_bytes, rows_at[0] + y * linesize, row_bytes) end
end

for _, compiled in ipairs { frame_seq, frame_time, slot_seqs, plane_seqs, plane_time, copy_at_once, copy_rows } do
  jit.on(compiled)
end

-- Copies `height` rows of RGBX from rows_at[0] (with linesize_at[0] bytes between them) and hands the slot over.
function Ring:write_frame(index, seq, t_ns, width, height, rows_at, linesize_at)
  local linesize, row_bytes = linesize_at[0], width * 4
  assert(row_bytes * height <= self.frame_capacity, "the work frame does not fit into its slot")
  local slot, out = self.slots[index], self.frames[index]
  slot.frame_seq_end = 0
  slot.frame_seq_begin = seq
  slot.frame_format = self.k.SS_FORMAT_RGBX
  slot.frame_t_ns = t_ns
  slot.frame_width, slot.frame_height, slot.frame_stride = width, height, row_bytes
  if linesize == row_bytes then
    copy_at_once(out, rows_at, row_bytes * height)
  else
    copy_rows(out, row_bytes, rows_at, linesize, height)
  end
  slot.frame_seq_end = seq
  slot.owner = self.k.SS_OWNER_FRAME
end

-- The slot of the newest result, or nil; older results are freed unread.
function Ring:newest_result()
  local newest, newest_seq
  for i = 0, self.count - 1 do
    local slot = self.slots[i]
    if slot.owner == self.k.SS_OWNER_RESULT then
      local seq = self:seq_of(i)
      if not newest or seq > newest_seq then
        if newest then self:free(newest) end
        newest, newest_seq = i, seq
      else
        self:free(i)
      end
    end
  end
  return newest
end

-- The first slot from `from` on that holds a result, or nil.
function Ring:next_result(from)
  for i = from, self.count - 1 do
    if self.slots[i].owner == self.k.SS_OWNER_RESULT then return i end
  end
end

-- The number of the frame in a slot.
function Ring:seq_of(index) return frame_seq(self.slots[index]) end

-- When the picture of the frame in a slot was drawn.
function Ring:time_of(index) return frame_time(self.slots[index]) end

-- Whether the matte in the slot was moved ahead of its frame.
function Ring:is_led(index)
  return self.slots[index].result_lead_us ~= 0
end

-- Whether the slot holds one whole result that belongs to its frame.  Ask before and after reading it.
function Ring:is_whole(index)
  local slot, k = self.slots[index], self.k
  local pixel_bytes = slot.result_kind == k.SS_RESULT_COMPOSITE_RGBA and 4 or 1
  local frame_first, frame_last, first, last = slot_seqs(slot)
  return first == last and last == frame_last and frame_first == frame_last
    and (slot.result_kind == k.SS_RESULT_MATTE_U8 or slot.result_kind == k.SS_RESULT_COMPOSITE_RGBA)
    and slot.result_width > 0 and slot.result_stride >= slot.result_width * pixel_bytes
    and slot.result_height > 0 and slot.result_stride * slot.result_height <= self.result_capacity
end

-- When the picture of a class plane was drawn.
function Ring:plane_time(index) return plane_time(self.planes[index]) end

-- Whether a class plane is still the whole one of number `seq`.
function Ring:plane_is_whole(index, seq)
  local header = self.planes[index]
  local first, last = plane_seqs(header)
  return first == seq and last == seq
    and header.width > 0 and header.height > 0 and header.stride >= header.width * 4
    and header.stride * header.height <= self.plane_capacity
end

-- The newest whole class plane and its number, or nil.
function Ring:newest_plane()
  local newest, newest_seq
  for i = 0, self.plane_count - 1 do
    local _, seq = plane_seqs(self.planes[i])
    if seq > (newest_seq or 0) and self:plane_is_whole(i, seq) then newest, newest_seq = i, seq end
  end
  return newest, newest_seq
end

function Ring:free(index)
  self.slots[index].owner = self.k.SS_OWNER_FREE
end

return Ring
