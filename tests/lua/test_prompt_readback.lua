-- Reading a work frame back at once, where the GPU need not be waited for.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local Readback = require "selfieseg.readback"

local QUICK, SLOW = Readback.LONGEST_WAIT_NS / 3, Readback.LONGEST_WAIT_NS * 3

local function new(settings)
  local world = World.new()
  World.let_read_at_once(true)
  local filter = World.add_filter(world, settings)
  local ring = python.new_ring()
  python.publish(filter.entry, ring, 64, 36)
  return world, filter, ring
end

-- Renders frames that are answered at once; returns how many were read in the frame that staged them.
local function render(world, filter, ring, frames)
  local prompt = 0
  for _ = 1, frames do
    local mapped = #world.mapped
    World.render(world, filter)
    local is_read, newest = #world.mapped > mapped, world.mapped[#world.mapped]
    if is_read and newest == world.staged[#world.staged] then prompt = prompt + 1 end
    python.answer(ring)
  end
  return prompt
end

local function lag_of_all(filter)
  local lags = {}
  for lag = 0, 15 do lags[lag] = tonumber(filter.entry.matte_lag_histogram[lag]) end
  return lags
end

test("frames are read at once where that takes no time, and mattes are one frame old instead of two", function()
  local world, filter, ring = new()
  world.map_costs_ns = QUICK
  expect(render(world, filter, ring, 60), 0, "before the first trial")
  assert(lag_of_all(filter)[2] > 50, "mattes are two frames old")
  assert(render(world, filter, ring, 100) > 90, "not read at once")
  local lags = lag_of_all(filter)
  assert(lags[1] > 80, "mattes are one frame old")
  expect(lags[2], 0, "the old age is not counted any more")
  expect(tonumber(filter.entry.dropped), 0)
end)

test("no frame is sent twice, and none out of turn, when the way of reading changes", function()
  local world, filter, ring = new()
  world.map_costs_ns = QUICK
  local last = 0
  for frame = 1, 400 do
    world.map_costs_ns = frame % 100 > 70 and SLOW or QUICK
    World.render(world, filter)
    for i = 0, ring.header.slot_count - 1 do
      local slot = ring.slots[i]
      if slot.owner == World.constants.SS_OWNER_FRAME then
        local seq = tonumber(slot.frame_seq_end)
        assert(seq > last, "sent again or too late")
        last = seq
      end
    end
    python.answer(ring)
  end
  assert(last >= 398)
end)

test("a busy GPU is waited for once in a while, less and less often", function()
  local world, filter, ring = new()
  world.map_costs_ns = SLOW
  local waits = {}
  for second = 1, 60 do
    waits[second] = render(world, filter, ring, 30)
  end
  local total, late = 0, 0
  for second, count in ipairs(waits) do
    total = total + count
    if second > 40 then late = late + count end
  end
  assert(total >= 2 and total <= 5, "waited " .. total .. " times in a minute")
  assert(late <= 1, "it does not get rarer")
end)

test("a few late reads are borne, many are not", function()
  local readback = Readback.new()
  local now = 0
  local function read(count, wait)
    for _ = 1, count do
      now = now + 33e6
      if readback:wants_at_once(now) then readback:has_waited(wait, now) end
    end
  end
  read(80, QUICK)
  assert(readback.is_settled)
  read(5, SLOW)
  read(95, QUICK)
  assert(readback.is_settled, "given up for a few")
  read(6, SLOW)
  assert(not readback.is_settled and not readback.is_prompt, "goes on though it waits")
  read(100, QUICK)
  assert(not readback.is_prompt, "tried again too soon")
  read(100, QUICK)
  assert(readback.is_settled, "never tried again")
end)

test("where frames are shown with their own mattes the delay is steady, and nothing is tried", function()
  local world, filter, ring = new { alignment = "exact" }
  world.map_costs_ns = QUICK
  expect(render(world, filter, ring, 200), 0)
end)

test("the age is counted anew when reading at once ends", function()
  local world, filter, ring = new()
  world.map_costs_ns = QUICK
  render(world, filter, ring, 160)
  world.map_costs_ns = SLOW
  render(world, filter, ring, 60)
  local lags = lag_of_all(filter)
  assert(lags[2] > 40 and lags[1] <= 2, "still tells of mattes that are one frame old")
end)
