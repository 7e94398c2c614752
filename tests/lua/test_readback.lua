local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local k = World.constants

local function new()
  local world = World.new()
  local filter = World.add_filter(world)
  local ring = python.new_ring()
  python.publish(filter.entry, ring, 64, 36)
  return world, filter, ring
end

local function newest_seq(ring)
  local newest = 0
  for i = 0, ring.header.slot_count - 1 do
    local slot = ring.slots[i]
    if slot.owner == k.SS_OWNER_FRAME then newest = math.max(newest, tonumber(slot.frame_seq_end)) end
  end
  return newest
end

test("frame n is read while n + 1 is being staged", function()
  local world, filter, ring = new()
  World.render(world, filter)
  expect({ #world.staged, #world.mapped }, { 1, 0 }, "after the first frame")
  for n = 2, 8 do
    World.render(world, filter)
    expect({ #world.staged, #world.mapped }, { n, n - 1 })
    assert(world.mapped[n - 1] == world.staged[n - 1], "read another surface than the one staged before")
    assert(world.mapped[n - 1] ~= world.staged[n], "waits for the GPU")
    expect(newest_seq(ring), n - 1)
    python.answer(ring)
  end
end)

test("pixels and number of a frame belong together", function()
  local world, filter, ring = new()
  for _ = 1, 9 do
    World.render(world, filter)
    for i = 0, 3 do
      local slot = ring.slots[i]
      if slot.owner == k.SS_OWNER_FRAME then expect(ring.frames[i][0], tonumber(slot.frame_seq_end), "first byte") end
    end
    python.answer(ring)
  end
end)

test("a frame's time is when its picture was drawn", function()
  local world, filter, ring = new()
  World.render(world, filter)
  local then_ns = world.now_ns
  World.render(world, filter)
  expect(tonumber(ring.slots[0].frame_t_ns), then_ns)
end)

test("a frame that went into the ring rings the bell once", function()
  local world, filter = new()
  filter.data.filter.shared.bridge.data.bell = 42
  World.render(world, filter)
  expect(world.bells, {})
  World.render(world, filter)
  expect(world.bells, { 42 })
  expect(tonumber(filter.entry.captured), 1)
end)

test("frames without a free slot are dropped and counted", function()
  local world, filter, ring = new()
  for _ = 1, 8 do World.render(world, filter) end -- 4 slots, nobody answers
  expect({ tonumber(filter.entry.captured), tonumber(filter.entry.dropped) }, { 4, 3 })
  python.answer(ring)
  World.render(world, filter)
  expect(tonumber(filter.entry.captured), 5)
  World.render(world, filter)
  expect(newest_seq(ring), 9, "the newest frame, not one that waited")
end)

test("another work size makes other surfaces, and old frames are not sent at the new size", function()
  local world, filter, ring = new()
  for _ = 1, 3 do World.render(world, filter) end
  python.answer(ring)
  python.publish(filter.entry, ring, 32, 32)
  local captured = tonumber(filter.entry.captured)
  World.render(world, filter)
  expect(tonumber(filter.entry.captured), captured)
  World.render(world, filter)
  local wide = 0
  for i = 0, 3 do
    if ring.slots[i].owner == k.SS_OWNER_FRAME then
      wide = wide + 1
      expect({ ring.slots[i].frame_width, ring.slots[i].frame_height }, { 32, 32 })
    end
  end
  expect(wide, 1)
end)

test("a withdrawn ring is never touched again, another one is used", function()
  local world, filter, ring = new()
  for _ = 1, 3 do World.render(world, filter) end
  python.withdraw(filter.entry)
  for i = 0, 3 do ring.slots[i].owner = k.SS_OWNER_RESULT end
  local staged = #world.staged
  for _ = 1, 3 do World.render(world, filter) end
  expect(python.owners(ring), { 2, 2, 2, 2 })
  expect(#world.staged, staged)
  local other = python.new_ring()
  python.publish(filter.entry, other, 64, 36)
  for _ = 1, 3 do World.render(world, filter) end
  assert(newest_seq(other) > 0, "the new ring gets no frames")
  expect(python.owners(ring), { 2, 2, 2, 2 })
end)

test("a torn matte is counted and not used", function()
  local world, filter, ring = new()
  for _ = 1, 2 do World.render(world, filter) end
  python.write_result(ring, 0, 99)
  World.render(world, filter)
  expect({ tonumber(filter.entry.torn), tonumber(filter.entry.mattes) }, { 1, 0 })
  expect(filter.entry.drawing, k.SS_DRAWN_POLICY)
  expect(ring.slots[0].owner ~= k.SS_OWNER_RESULT, true, "freed")
end)

test("a matte torn during its upload is not used", function()
  local world, filter, ring = new()
  for _ = 1, 2 do World.render(world, filter) end
  python.answer(ring)
  world.on_upload = function() ring.slots[0].result_seq_end = 0 end
  World.render(world, filter)
  expect({ tonumber(filter.entry.torn), filter.entry.drawing }, { 1, k.SS_DRAWN_POLICY })
end)

test("a surface that cannot be mapped loses that frame only", function()
  local world, filter = new()
  World.render(world, filter)
  world.map_fails = true
  World.render(world, filter)
  world.map_fails = false
  World.render(world, filter)
  expect({ tonumber(filter.entry.captured), tonumber(filter.entry.lua_errors) }, { 1, 0 })
end)

test("a frame that waited while the ring was away is old, and its matte is not used", function()
  local world, filter = new()
  World.render(world, filter)
  python.withdraw(filter.entry)
  world.now_ns = world.now_ns + 5e9
  local other = python.new_ring()
  python.publish(filter.entry, other, 64, 36)
  World.render(world, filter)
  python.answer(other)
  World.render(world, filter)
  expect(filter.entry.drawing, k.SS_DRAWN_POLICY)
end)

test("a ring that cannot be attached leaves no old one in use", function()
  local world, filter, ring = new()
  world.errors_expected = true
  for _ = 1, 3 do World.render(world, filter) end
  local bad = python.new_ring()
  bad.header.magic = 1
  for i = 0, 3 do ring.slots[i].owner = k.SS_OWNER_FREE end
  python.publish(filter.entry, bad, 64, 36) -- the old one may be unmapped from here on
  for _ = 1, 3 do World.render(world, filter) end
  expect(python.owners(ring), { 0, 0, 0, 0 }, "owners in the old ring")
end)

test("a work size that does not fit leaves no surface mapped", function()
  local world, filter, ring = new()
  world.errors_expected = true
  python.publish(filter.entry, ring, 640, 640)
  for _ = 1, 4 do World.render(world, filter) end
  for _, surface in ipairs(world.staged) do assert(not surface.is_mapped, "a surface stays mapped") end
end)

test("a failure to make the surfaces is recovered from", function()
  local world, filter, ring = new()
  world.no_memory_for, world.errors_expected = "stagesurface", true
  World.render(world, filter)
  assert(filter.data.broken, "told nobody")
  world.no_memory_for, world.errors_expected = nil, false
  for _ = 1, 4 do World.render(world, filter) end
  assert(newest_seq(ring) > 0, "no frame is ever sent again")
end)
