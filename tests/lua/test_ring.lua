local testing = require "testing"
local test, expect, expect_error = testing.test, testing.expect, testing.expect_error
local World = require "fake.world"
local python = require "fake.python_half"
local ffi = require "ffi"
local k = World.constants

local function attach(memory)
  World.bare()
  return require("selfieseg.ring").attach(memory.address, k)
end

local pixels = ffi.new("uint8_t[?]", 4096)
for i = 0, 4095 do pixels[i] = i % 251 end

-- As gs_stagesurface_map gives both.
local function at(rows) return ffi.new("uint8_t *[1]", ffi.cast("uint8_t *", rows)) end
local function stride(bytes) return ffi.new("uint32_t[1]", bytes) end

test("a slot goes from free to frame to result to free", function()
  local memory = python.new_ring(2)
  local ring = attach(memory)
  local slot = ring:free_slot()
  ring:write_frame(slot, 7, 1234, 8, 4, at(pixels), stride(32))
  expect(python.owners(memory), { k.SS_OWNER_FRAME, k.SS_OWNER_FREE })
  expect(ring:newest_result(), nil)
  python.write_result(memory, slot)
  expect(ring:newest_result(), slot)
  assert(ring:is_whole(slot))
  ring:free(slot)
  expect(python.owners(memory), { k.SS_OWNER_FREE, k.SS_OWNER_FREE })
end)

test("a frame carries its header", function()
  local memory = python.new_ring(1)
  attach(memory):write_frame(0, 9, 55, 8, 4, at(pixels), stride(32))
  local slot = memory.slots[0]
  expect({ tonumber(slot.frame_seq_begin), tonumber(slot.frame_seq_end), tonumber(slot.frame_t_ns), slot.frame_width,
           slot.frame_height, slot.frame_stride, slot.frame_format }, { 9, 9, 55, 8, 4, 32, k.SS_FORMAT_RGBX })
end)

test("rows are packed where the GPU pads them", function()
  local memory = python.new_ring(1)
  attach(memory):write_frame(0, 1, 0, 8, 4, at(pixels), stride(100))
  for y = 0, 3 do
    for x = 0, 31 do expect(memory.frames[0][y * 32 + x], pixels[y * 100 + x], "byte " .. x .. " of row " .. y) end
  end
  expect(memory.frames[0][4 * 32], 0, "the byte after the frame")
end)

test("no slot is free while all are busy", function()
  local memory = python.new_ring(2)
  local ring = attach(memory)
  ring:write_frame(0, 1, 0, 8, 4, at(pixels), stride(32))
  ring:write_frame(1, 2, 0, 8, 4, at(pixels), stride(32))
  expect(ring:free_slot(), nil)
end)

for _, order in ipairs { { 3, 1, 2 }, { 1, 2, 3 }, { 1, 3, 2 }, { 2, 3, 1 } } do
  test("the newest result wins and older ones are freed: " .. table.concat(order, " "), function()
    local memory = python.new_ring(4)
    local ring = attach(memory)
    for i, seq in ipairs(order) do
      ring:write_frame(i - 1, seq, 0, 8, 4, at(pixels), stride(32))
      python.write_result(memory, i - 1)
    end
    local newest = ring:newest_result()
    expect(order[newest + 1], 3, "sequence number")
    for i = 0, 2 do
      expect(memory.slots[i].owner, i == newest and k.SS_OWNER_RESULT or k.SS_OWNER_FREE, "owner of slot " .. i)
    end
  end)
end

test("a frame that exceeds its slot is refused, and the slot stays free", function()
  local memory = python.new_ring(1, 8 * 4 * 4)
  local ring = attach(memory)
  expect_error("does not fit", ring.write_frame, ring, 0, 1, 0, 8, 5, at(pixels), stride(32))
  expect(python.owners(memory), { k.SS_OWNER_FREE })
  ring:write_frame(0, 1, 0, 8, 4, at(pixels), stride(32))
end)

local function not_whole(name, break_it)
  test("a result is not whole: " .. name, function()
    local memory = python.new_ring(1)
    local ring = attach(memory)
    ring:write_frame(0, 5, 0, 8, 4, at(pixels), stride(32))
    python.write_result(memory, 0)
    assert(ring:is_whole(0), "it was not whole to begin with")
    break_it(memory.slots[0], ring)
    assert(not ring:is_whole(0), "taken for whole")
  end)
end

not_whole("it is being written", function(slot) slot.result_seq_end = 0 end)
not_whole("it has been begun anew", function(slot) slot.result_seq_begin = 6 end)
not_whole("it answers another frame", function(slot) slot.result_seq_begin, slot.result_seq_end = 4, 4 end)
not_whole("its frame is being written", function(slot) slot.frame_seq_begin = 6 end)
not_whole("it holds no matte", function(slot) slot.result_kind = k.SS_RESULT_NONE end)
not_whole("it holds something unknown", function(slot) slot.result_kind = 77 end)
not_whole("it has no width", function(slot) slot.result_width = 0 end)
not_whole("it has no height", function(slot) slot.result_height = 0 end)
not_whole("its rows are shorter than its width", function(slot) slot.result_stride = 63 end)
not_whole("it exceeds its slot", function(slot, ring) slot.result_height = ring.result_capacity / 64 + 1 end)
not_whole("its size overflows 32 bits", function(slot) slot.result_stride, slot.result_height = 2 ^ 31, 2 ^ 31 end)

for name, break_it in pairs {
  ["of another magic"] = function(header) header.magic = 1 end,
  ["of another version"] = function(header) header.version = k.SS_STRUCTS_VERSION + 1 end,
} do
  test("a ring is refused: " .. name, function()
    local memory = python.new_ring(1)
    break_it(memory.header)
    expect_error("not a frame ring of this version", attach, memory)
  end)
end
