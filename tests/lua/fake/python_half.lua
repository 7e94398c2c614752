-- What the Python half and the engine do to the shared memory.
local ffi = require "ffi"
local libobs = require "fake.libobs"
local k = require "fake.world".constants
jit.off(true, true) -- no part of it is in OBS: see quiet/measure.lua

local M = {}

local PAGE = 4096
local kept = {} -- all rings ever made: a mapped ring is not garbage

-- Memory formatted as a ring; class planes where they have a capacity.
-- Returns { address, slots[i], results[i], planes[i], memory }.
function M.new_ring(slot_count, capacity, plane_capacity)
  slot_count, capacity = slot_count or 4, capacity or 256 * 144 * 4
  local padded = math.ceil(capacity / PAGE) * PAGE
  local stride = PAGE + 2 * padded
  local slots_end = PAGE + slot_count * stride
  local plane_stride = plane_capacity and PAGE + math.ceil(plane_capacity / PAGE) * PAGE or 0
  local memory = ffi.new("uint8_t[?]", slots_end + 2 * plane_stride)
  local header = ffi.cast("ss_ring_header *", memory)
  header.magic, header.version, header.header_size = k.SS_RING_MAGIC, k.SS_STRUCTS_VERSION, ffi.sizeof "ss_ring_header"
  header.slot_count, header.slot_stride, header.first_slot_offset = slot_count, stride, PAGE
  header.frame_offset, header.frame_capacity = PAGE, capacity
  header.result_offset, header.result_capacity = PAGE + padded, capacity
  local ring = { memory = memory, header = header, address = libobs.address(memory) }
  ring.slots, ring.frames, ring.results = {}, {}, {}
  for i = 0, slot_count - 1 do
    local slot = memory + PAGE + i * stride
    ring.slots[i] = ffi.cast("ss_slot_header *", slot)
    ring.frames[i], ring.results[i] = slot + PAGE, slot + PAGE + padded
  end
  ring.planes = {}
  if plane_capacity then
    header.class_offset, header.class_stride = slots_end, plane_stride
    header.plane_offset, header.plane_capacity = PAGE, plane_capacity
    for i = 0, 1 do ring.planes[i] = ffi.cast("ss_class_header *", memory + slots_end + i * plane_stride) end
  end
  kept[#kept + 1] = ring
  return ring
end

function M.publish(entry, ring, width, height)
  entry.ring_address = ring.address
  entry.work_width, entry.work_height = width or 256, height or 144
  entry.ring_generation = entry.ring_generation + 1
end

function M.withdraw(entry)
  entry.ring_address = 0
  entry.ring_generation = entry.ring_generation + 1
end

function M.owners(ring)
  local owners = {}
  for i = 0, ring.header.slot_count - 1 do owners[i + 1] = ring.slots[i].owner end
  return owners
end

-- Writes a result into slot `i`, for the frame in it unless `seq` says otherwise.
function M.write_result(ring, i, seq)
  local slot = ring.slots[i]
  seq = seq or slot.frame_seq_end
  slot.result_seq_begin, slot.result_seq_end = seq, seq
  slot.result_kind, slot.result_width, slot.result_height, slot.result_stride = k.SS_RESULT_MATTE_U8, 64, 36, 64
  slot.result_lead_us = 0
  ring.results[i][0] = tonumber(seq) % 256
  slot.owner = k.SS_OWNER_RESULT
end

-- Answers every waiting frame with a mask that was moved ahead, as for low_latency.
function M.answer_led(ring)
  for i = 0, ring.header.slot_count - 1 do
    if ring.slots[i].owner == k.SS_OWNER_FRAME then
      M.write_result(ring, i)
      ring.slots[i].result_lead_us = 66666
    end
  end
end

-- Writes class plane `i`, whole, of number `seq`.
function M.write_plane(ring, i, seq, width, height, t_ns)
  local plane = ring.planes[i]
  plane.seq_begin, plane.seq_end, plane.frame_t_ns = seq, seq, t_ns
  plane.width, plane.height, plane.stride, plane.classes = width, height, width * 4, k.SS_CLASS_HAIR
end

-- Makes the result in slot `i` a finished picture with this background, a name of structs.h.
function M.finish(ring, i, background, inverted)
  local slot = ring.slots[i]
  slot.result_kind, slot.result_stride = k.SS_RESULT_COMPOSITE_RGBA, 64 * 4
  slot.result_background, slot.result_inverted = k["SS_BACKGROUND_" .. background], inverted or 0
end

-- Answers every waiting frame: with a mask, or with a finished picture of `background`.  Returns how many.
function M.answer(ring, background, inverted)
  local count = 0
  for i = 0, ring.header.slot_count - 1 do
    if ring.slots[i].owner == k.SS_OWNER_FRAME then
      M.write_result(ring, i)
      if background then M.finish(ring, i, background, inverted) end
      count = count + 1
    end
  end
  return count
end

-- Takes every waiting frame and answers none.
function M.let_go(ring)
  for i = 0, ring.header.slot_count - 1 do
    if ring.slots[i].owner == k.SS_OWNER_FRAME then ring.slots[i].owner = k.SS_OWNER_FREE end
  end
end

return M
