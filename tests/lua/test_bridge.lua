local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local ffi = require "ffi"
local k = World.constants

local function new_bridge()
  local world = World.bare()
  return require("selfieseg.bridge").new(k), world
end

local function say(key) return key == "state.too_many" and "too many: %d" or key end

local function set_text(holder, text) -- as bridge.py does
  local other = 1 - holder.text_index % 2
  ffi.fill(holder.text[other], 384)
  ffi.copy(holder.text[other], text, #text)
  holder.text_index = other
end

test("a new bridge says what it is", function()
  local bridge = new_bridge()
  local data = bridge.data
  expect({ data.magic, data.version, data.size, data.filter_count, data.closed, data.python_attached,
           tonumber(data.bell) },
         { k.SS_BRIDGE_MAGIC, k.SS_STRUCTS_VERSION, ffi.sizeof "ss_bridge", 32, 0, 0, -1 })
  expect(tonumber(bridge:address()), tonumber(ffi.cast("uintptr_t", data)), "address")
end)

test("32 filters have entries of their own, the 33rd has none", function()
  local bridge = new_bridge()
  local seen = {}
  for i = 1, 32 do
    local address = tonumber(ffi.cast("uintptr_t", ffi.cast("void *", bridge:claim())))
    assert(not seen[address], "claimed twice: " .. i)
    seen[address] = true
  end
  expect(bridge:claim(), nil)
  expect(bridge:state_text(nil, say), "too many: 32")
end)

test("an entry is empty when it is claimed again, and of another generation", function()
  local bridge = new_bridge()
  local entry = bridge:claim()
  entry.frames, entry.ring_address, entry.ring_generation = 5, 77, 3
  set_text(entry, "old words")
  bridge:release(entry)
  expect(entry.state, k.SS_FILTER_UNUSED)
  local again = bridge:claim()
  expect({ tonumber(again.frames), tonumber(again.ring_address), again.ring_generation, again.text_index,
           again.generation, again.state }, { 0, 0, 0, 0, 2, k.SS_FILTER_LIVE })
end)

test("with Python attached an entry waits until Python has let it go", function()
  local bridge = new_bridge()
  bridge.data.python_attached = 1
  local entry = bridge:claim()
  bridge:release(entry)
  expect(entry.state, k.SS_FILTER_CLOSED)
  local second = bridge:claim()
  assert(second ~= entry and second.generation == 1, "claimed what Python still uses")
  entry.state = k.SS_FILTER_UNUSED
  assert(bridge:claim().generation == 2, "a freed entry is not found")
end)

test("without Python the bridge is freed when it is closed", function()
  local bridge, world = new_bridge()
  bridge:close()
  expect(next(world.memory), nil, "memory")
end)

test("with Python attached the bridge outlives the Lua half, and says that it is closed", function()
  local bridge, world = new_bridge()
  local data = bridge.data
  data.python_attached = 1
  bridge:close()
  assert(next(world.memory), "freed under Python's hands")
  expect(data.closed, 1)
end)

test("the state is told in order of what matters", function()
  local bridge, world = new_bridge()
  local entry, data = bridge:claim(), bridge.data
  expect(bridge:state_text(entry, say), "state.no_python")
  data.python_attached = 1
  data.python_beat_ns = world.now_ns
  expect(bridge:state_text(entry, say), "state.starting")
  set_text(entry, "running")
  expect(bridge:state_text(entry, say), "running")
  world.now_ns = world.now_ns + 6e9
  expect(bridge:state_text(entry, say), "state.python_stalled")
  set_text(data, "no engine")
  expect(bridge:state_text(entry, say), "no engine")
  set_text(data, "")
  data.python_beat_ns = world.now_ns
  expect(bridge:state_text(entry, say), "running")
end)
