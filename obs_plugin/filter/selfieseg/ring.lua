-- This side of the frame ring (structs.h): fills FREE slots with work frames, takes RESULT slots.
-- Graphics thread only.  The memory is Python's; it is valid for as long as it is published in the bridge.
local ffi = require "ffi"

local Ring = {}
Ring.__index = Ring

-- `address` of a mapped ring (a number), `k` the constants of structs.h.
function Ring.attach(address, k)
  local base = ffi.cast("uint8_t *", ffi.cast("uintptr_t", address))
  local header = ffi.cast("ss_ring_header *", base)
  assert(header.magic == k.SS_RING_MAGIC and header.version == k.SS_STRUCTS_VERSION, "not a frame ring of this version")
  local ring = setmetatable({ k = k, count = header.slot_count, frame_capacity = header.frame_capacity,
                              result_capacity = header.result_capacity, slots = {}, frames = {}, results = {},
                              plane_capacity = header.plane_capacity, planes = {}, plane_pixels = {} }, Ring)
  for i = 0, ring.count - 1 do
    local slot = base + header.first_slot_offset + i * header.slot_stride
    ring.slots[i] = ffi.cast("ss_slot_header *", slot)
    ring.frames[i] = slot + header.frame_offset
    ring.results[i] = slot + header.result_offset
  end
  for i = 0, header.class_offset > 0 and 1 or -1 do
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

-- Copies `height` rows of RGBX from rows_at[0] (with linesize_at[0] bytes between them) and hands the slot over.
function Ring:write_frame(index, seq, t_ns, width, height, rows_at, linesize_at)
  local rows, linesize, row_bytes = rows_at[0], linesize_at[0], width * 4
  assert(row_bytes * height <= self.frame_capacity, "the work frame does not fit into its slot")
  local slot, out = self.slots[index], self.frames[index]
  slot.frame_seq_end = 0
  slot.frame_seq_begin = seq
  slot.frame_format = self.k.SS_FORMAT_RGBX
  slot.frame_t_ns = t_ns
  slot.frame_width, slot.frame_height, slot.frame_stride = width, height, row_bytes
  if linesize == row_bytes then
    ffi.copy(out, rows, row_bytes * height)
  else
    for y = 0, height - 1 do ffi.copy(out + y * row_bytes, rows + y * linesize, row_bytes) end
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
function Ring:seq_of(index)
  local seq = tonumber(self.slots[index].frame_seq_end) -- not returned at once: see clock.lua
  return seq
end

-- When the picture of the frame in a slot was drawn.
function Ring:time_of(index)
  local t_ns = tonumber(self.slots[index].frame_t_ns)
  return t_ns
end

-- Whether the matte in the slot was moved ahead of its frame.
function Ring:is_led(index)
  return self.slots[index].result_lead_us ~= 0
end

-- Whether the slot holds one whole result that belongs to its frame.  Ask before and after reading it.
function Ring:is_whole(index)
  local slot, k = self.slots[index], self.k
  local pixel_bytes = slot.result_kind == k.SS_RESULT_COMPOSITE_RGBA and 4 or 1
  return slot.result_seq_begin == slot.result_seq_end and slot.result_seq_end == slot.frame_seq_end
    and slot.frame_seq_begin == slot.frame_seq_end
    and (slot.result_kind == k.SS_RESULT_MATTE_U8 or slot.result_kind == k.SS_RESULT_COMPOSITE_RGBA)
    and slot.result_width > 0 and slot.result_stride >= slot.result_width * pixel_bytes
    and slot.result_height > 0 and slot.result_stride * slot.result_height <= self.result_capacity
end

-- Whether a class plane is still the whole one of number `seq`.
function Ring:plane_is_whole(index, seq)
  local header = self.planes[index]
  return tonumber(header.seq_begin) == seq and tonumber(header.seq_end) == seq
    and header.width > 0 and header.height > 0 and header.stride >= header.width * 4
    and header.stride * header.height <= self.plane_capacity
end

-- The newest whole class plane and its number, or nil.
function Ring:newest_plane()
  local newest, newest_seq
  for i = 0, #self.planes do
    local header = self.planes[i]
    local seq = header and tonumber(header.seq_end) or 0
    if seq > (newest_seq or 0) and self:plane_is_whole(i, seq) then newest, newest_seq = i, seq end
  end
  return newest, newest_seq
end

function Ring:free(index)
  self.slots[index].owner = self.k.SS_OWNER_FREE
end

return Ring
