-- alignment = "exact": whatever the engine does, a frame is shown with its own matte or not at all.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local k = World.constants
local MOST_HELD = 6

-- A filter whose every picture has its number in it, as `texture.frame`.
local function new(values)
  local world = World.new()
  values = values or {}
  values.alignment, values.background = values.alignment or "exact", values.background or "color"
  local filter = World.add_filter(world, values)
  world.camera.render = function()
    world.number = (world.number or 0) + 1
    world.target.texture.frame = world.number
  end
  local ring = python.new_ring()
  python.publish(filter.entry, ring, 64, 36)
  return world, filter, ring
end

-- Renders a frame.  Returns the number of the picture shown and of its matte's, 0 and 0 where there is no matte.
local function render(world, filter)
  local screen = World.render(world, filter)
  assert(not World.shows_room(world, screen), "the room shows")
  local drawn = filter.data.filter
  if not drawn.result then return 0, 0 end
  expect(#screen, 1, "draws")
  return drawn.picture.frame, drawn.result.texture.first_byte
end

-- Renders `count` frames, lets the engine answer after each as `answer` says.  Returns the pictures' numbers.
local function run(world, filter, count, answer)
  local shown = {}
  for i = 1, count do
    local picture, matte = render(world, filter)
    expect(matte, picture % 256, "the matte shown with picture " .. picture)
    shown[i] = picture
    answer(i)
  end
  return shown
end

test("every frame is shown once, two frames later, with its own matte", function()
  local world, filter, ring = new()
  local shown = run(world, filter, 100, function() python.answer(ring) end)
  for i = 1, 100 do expect(shown[i], math.max(0, i - 2)) end
  local entry = filter.entry
  expect({ entry.alignment, entry.delay_frames, tonumber(entry.delay_ns), tonumber(entry.repeated_frames) },
         { k.SS_ALIGNMENT_EXACT, 2, 2 * 33333333, 0 })
  expect({ entry.matte_lag_histogram[0], tonumber(entry.mattes) }, { 98, 98 })
end)

test("low_latency shows the newest frame, and tells how many frames older its matte is", function()
  local world, filter, ring = new { alignment = "low_latency" }
  for i = 1, 50 do
    local picture, matte = render(world, filter)
    if i > 2 then expect({ picture, matte }, { i, i - 2 }) end
    python.answer(ring)
  end
  local entry = filter.entry
  expect({ entry.alignment, entry.delay_frames, tonumber(entry.delay_ns), entry.matte_lag_histogram[2] },
         { k.SS_ALIGNMENT_LOW_LATENCY, 0, 0, 48 })
end)

test("mattes that come in another order, late, or never", function()
  local world, filter, ring = new()
  math.randomseed(3)
  local newest = 0
  local shown = run(world, filter, 500, function()
    for slot = 3, 0, -1 do
      if ring.slots[slot].owner == k.SS_OWNER_FRAME then
        local chance = math.random()
        if chance < 0.6 then python.write_result(ring, slot)
        elseif chance < 0.7 then ring.slots[slot].owner = k.SS_OWNER_FREE end
      end
    end
  end)
  local with_matte = 0
  for _, picture in ipairs(shown) do
    assert(picture == 0 or picture >= newest, "picture " .. picture .. " after " .. newest)
    newest = math.max(newest, picture)
    with_matte = with_matte + (picture > 0 and 1 or 0)
  end
  assert(with_matte > 300, "only " .. with_matte .. " frames had a matte")
end)

test("a torn matte is counted, and the picture before it is shown again", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  run(world, filter, 1, function()
    for slot = 0, 3 do
      if ring.slots[slot].owner == k.SS_OWNER_FRAME then python.write_result(ring, slot, 9999) end
    end
  end)
  local shown = run(world, filter, 3, function() python.answer(ring) end)
  expect(shown, { 19, 21, 22 }) -- 19 was shown before, too
  expect({ tonumber(filter.entry.torn), tonumber(filter.entry.repeated_frames) }, { 1, 1 })
end)

test("a matte torn during its upload is not shown", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  world.on_upload = function()
    for slot = 0, 3 do ring.slots[slot].result_seq_end = 0 end
  end
  expect(run(world, filter, 1, function() end), { 18 }, "the one before")
  expect(tonumber(filter.entry.torn), 1)
end)

test("a matte that was moved ahead is not shown with its own frame, and its slot is free again", function()
  local world, filter, ring = new { without_matte = "hide" }
  run(world, filter, 20, function() python.answer(ring) end)
  local mattes = tonumber(filter.entry.mattes)
  local shown = run(world, filter, 10, function() python.answer_led(ring) end)
  expect(shown, { 19, 19, 19, 19, 19, 0, 0, 0, 0, 0 }, "the last one with a matte of its own, as ever")
  expect({ tonumber(filter.entry.mattes) - mattes, tonumber(filter.entry.torn) }, { 1, 0 })
  expect(filter.entry.delay_frames, 2)
  expect(run(world, filter, 5, function() python.answer(ring) end), { 0, 30, 31, 32, 33 })
  render(world, filter)
  for slot = 0, 3 do assert(ring.slots[slot].owner ~= k.SS_OWNER_RESULT, "a result is left") end
end)

test("the engine hears later than the filter that pictures are to be exact", function()
  local world, filter, ring = new { alignment = "low_latency" }
  for i = 1, 20 do
    local picture, matte = render(world, filter)
    if i > 2 then expect({ picture, matte }, { i, i - 2 }, "moved ahead or not") end
    python.answer_led(ring)
  end
  World.update(world, filter, { alignment = "exact" })
  expect(run(world, filter, 4, function() python.answer_led(ring) end), { 0, 0, 0, 0 })
  expect(run(world, filter, 5, function() python.answer(ring) end), { 0, 24, 25, 26, 27 })
end)

test("every result is taken, and its slot is free again", function()
  local world, filter, ring = new()
  for _ = 1, 4 do World.render(world, filter) end
  expect(python.answer(ring), 3)
  World.render(world, filter)
  for slot = 0, 3 do assert(ring.slots[slot].owner ~= k.SS_OWNER_RESULT, "a result is left") end
  expect(tonumber(filter.entry.mattes), 3)
end)

for without_matte, wanted in pairs { blur = "Layer", hide = "nothing", hold = "held" } do
  test("when the engine dies, without_matte takes over: " .. without_matte, function()
    local world, filter, ring = new { without_matte = without_matte }
    run(world, filter, 30, function() python.answer(ring) end)
    python.withdraw(filter.entry)
    local until_policy
    for i = 1, 30 do
      local screen = World.render(world, filter)
      assert(not World.shows_room(world, screen), "the room shows")
      local drawn = filter.data.filter
      if not drawn.result then
        until_policy = until_policy or i
        expect(drawn.shows == "held" and "held" or screen[1] and screen[1].technique or "nothing", wanted)
      end
    end
    expect(until_policy, 5, "frames until then")
    local other = python.new_ring()
    python.publish(filter.entry, other, 64, 36)
    local shown = run(world, filter, 10, function() python.answer(other) end)
    expect({ shown[9], shown[10] }, { 67, 68 })
  end)
end

test("pictures from before a pause are not shown", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  world.now_ns = world.now_ns + 60e9
  expect(run(world, filter, 5, function() python.answer(ring) end), { 0, 0, 21, 22, 23 })
end)

test("without a background to hide, a picture from before a pause is not shown either", function()
  local world, filter, ring = new { background = "none" }
  for _ = 1, 20 do
    World.render(world, filter)
    python.answer(ring)
  end
  expect(filter.data.filter.picture.frame, 18, "as late as with a matte")
  world.now_ns = world.now_ns + 60e9
  for i = 21, 23 do
    World.render(world, filter)
    expect(filter.data.filter.picture.frame, 21, "with frame " .. i)
  end
end)

test("another size of the source", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  world.camera.width, world.camera.height = 640, 360
  local shown = run(world, filter, 10, function()
    expect({ filter.data.filter.picture.width, filter.data.filter.picture.height }, { 640, 360 })
    python.answer(ring)
  end)
  expect(shown, { 0, 0, 21, 22, 23, 24, 25, 26, 27, 28 })
end)

test("the alignment is changed while it works, again and again", function()
  local world, filter, ring = new()
  for _ = 1, 10 do
    run(world, filter, 12, function() python.answer(ring) end)
    World.update(world, filter, { alignment = "low_latency" })
    for _ = 1, 12 do
      local picture, matte = render(world, filter)
      assert(picture == 0 and matte == 0 or picture - matte == 2, picture .. " with the matte of " .. matte)
      python.answer(ring)
    end
    World.update(world, filter, { alignment = "exact" })
  end
  expect({ tonumber(filter.entry.lua_errors), filter.entry.drawing }, { 0, k.SS_DRAWN_RESULT })
  run(world, filter, 5, function() python.answer(ring) end)
  local lags = filter.entry.matte_lag_histogram
  expect({ lags[0], lags[2] }, { 3, 0 }, "of the new alignment alone")
end)

local function alive(world)
  return #world.created - #world.destroyed
end

test("nothing grows, and what exact needs is given back", function()
  local world, filter, ring = new { alignment = "low_latency" }
  run(world, filter, 1, function() end)
  for _ = 1, 10 do World.render(world, filter) python.answer(ring) end
  local before = alive(world)
  World.update(world, filter, { alignment = "exact" })
  run(world, filter, 20, function() python.answer(ring) end)
  local held, created = alive(world), #world.created
  assert(held - before <= 2 * MOST_HELD, held - before .. " more GPU objects")
  run(world, filter, 1000, function() python.answer(ring) end)
  expect({ #world.created, alive(world) }, { created, held })
  World.update(world, filter, { alignment = "low_latency" })
  for _ = 1, 10 do World.render(world, filter) python.answer(ring) end
  expect(alive(world), before)
end)

test("Lua's own memory does not grow either", function()
  local world, filter, ring = new()
  local function render_many()
    for _ = 1, 1000 do
      world.drawn, world.staged, world.mapped, world.calls, world.bells = {}, {}, {}, {}, {}
      World.render(world, filter)
      python.answer(ring)
    end
    jit.flush() -- compiled code is no garbage, and some comes in any round
    collectgarbage()
    collectgarbage()
    return collectgarbage "count"
  end
  local before, least = render_many(), math.huge
  for _ = 1, 6 do -- what leaks leaks in all
    local after = render_many()
    before, least = after, math.min(least, after - before)
  end
  assert(least < 8, ("%.1f KiB more after every 1000 frames"):format(least))
end)

test("finished pictures of the engine are shown, each two frames later", function()
  local world, filter, ring = new { effects_in_engine = true }
  for i = 1, 30 do
    local screen = World.render(world, filter)
    local result = filter.data.filter.result
    if i > 2 then
      expect({ screen[1].technique, result.texture.first_byte }, { "None", i - 2 })
      assert(screen[1].values.image == result.texture, "another picture is drawn")
    end
    python.answer(ring, "COLOR")
  end
end)

test("a finished picture of another background is not shown", function()
  local world, filter, ring = new { effects_in_engine = true }
  for _ = 1, 10 do
    World.render(world, filter)
    python.answer(ring, "NONE")
    expect(filter.data.filter.result, nil)
  end
end)

test("before and after show the same frame", function()
  local world, filter, ring = new { view = "split" }
  for i = 1, 20 do
    local screen = World.render(world, filter)
    if i > 2 then
      expect({ screen[1].technique, screen[1].values.original.frame }, { "Split", i - 2 })
    end
    python.answer(ring)
  end
end)

test("the panic key hides at once", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  filter.entry.panic_presses = 1
  expect(#World.render(world, filter), 0)
end)

test("a frame is worked on once, however often it is drawn", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  World.render(world, filter)
  local picture, drawn = filter.data.filter.picture.frame, #world.drawn
  for _ = 1, 3 do
    expect(#World.render(world, filter, true), 1)
    expect(filter.data.filter.picture.frame, picture)
  end
  expect(#world.drawn, drawn + 3)
end)

test("a frame that could not be drawn is not shown later", function()
  local world, filter, ring = new()
  world.errors_expected = true
  local number = 0
  world.camera.render = function()
    number = number + 1
    world.target.texture.frame = number
    if number % 7 == 0 then assert(false, "injected: the source fails") end
  end
  for _ = 1, 60 do
    World.render(world, filter)
    local drawn = filter.data.filter
    if drawn.result and drawn.frame_time then assert(drawn.picture.frame % 7 ~= 0, "half a picture is shown") end
    python.answer(ring)
  end
end)

test("a filter that goes gives everything back", function()
  local world, filter, ring = new()
  run(world, filter, 20, function() python.answer(ring) end)
  World.unload_script(world, world.hooks)
  expect(alive(world), 0)
end)
