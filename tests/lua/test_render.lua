local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local running = require "fake.running"
local ffi = require "ffi"
local k = World.constants
local ASYNC, CUSTOM_DRAW = 4, 8

local function techniques(screen)
  local found = {}
  for i, draw in ipairs(screen) do found[i] = draw.technique end
  return found
end

for background, technique in pairs {
  blur = "Layer", color = "Color", transparent = "Transparent", grayscale = "Grey",
  image = "Color", video = "Color", source = "Color", -- no picture of it: dark grey
} do
  test("a fresh matte is composed with the background: " .. background, function()
    local world, filter = running { background = background }
    local screen = World.render(world, filter)
    expect(techniques(screen), { technique })
    expect({ screen[1].width, screen[1].height }, { 1280, 720 })
    expect(filter.entry.drawing, k.SS_DRAWN_RESULT)
    assert(not World.shows_room(world, screen), "the room shows")
    World.expect_balanced(world)
  end)
end

test("light wrap is drawn with the background's own light", function()
  for background, technique in pairs { blur = "LayerWrapped", color = "ColorWrapped", grayscale = "GreyWrapped",
                                       transparent = "Transparent" } do
    local world, filter = running { background = background, light_wrap = 0.5 }
    expect(techniques(World.render(world, filter)), { technique })
  end
end)

test("the colour reaches the shader", function()
  local world, filter = running { background = "color", color = 0xFF0000FF }
  expect(World.render(world, filter)[1].values.color, { 1, 0, 0, 1 })
end)

test("the background 'none' shows the frame", function()
  local world, filter = running { background = "none" }
  assert(World.shows_room(world, World.render(world, filter)), "nothing shows")
end)

test("a frame is worked on once, however often it is drawn", function()
  local world, filter = running {}
  local counted = { "obs_source_default_render", "gs_stage_texture", "gs_stagesurface_map", "gs_texrender_begin" }
  local first = techniques(World.render(world, filter))
  local before = {}
  for i, name in ipairs(counted) do before[i] = world.count[name] end
  local frames = tonumber(filter.entry.frames)
  for _ = 1, 3 do expect(techniques(World.render(world, filter, true)), first) end
  for i, name in ipairs(counted) do expect(world.count[name], before[i], name) end
  expect(tonumber(filter.entry.frames), frames)
end)

local function target_kind(name, flags, over_filter, call)
  test("what lies below is drawn as OBS would: " .. name, function()
    local world = World.new()
    world.camera.flags = flags
    local filter = World.add_filter(world)
    if over_filter then
      world.sources[tonumber(ffi.cast("uintptr_t", filter.source.pointer))].target =
        world.source { width = 640, height = 360, flags = 1 }
    end
    World.render(world, filter)
    expect(world.calls, { call })
  end)
end

target_kind("a plain source", 1, false, "default_render")
target_kind("a camera", 1 + ASYNC, false, "video_render")
target_kind("a source that draws itself", 1 + CUSTOM_DRAW, false, "video_render")
target_kind("another filter", 1, true, "video_render")

for name, break_it in pairs {
  ["no target"] = function(_, filter) filter.source.target = nil end,
  ["no width"] = function(world) world.camera.width = 0 end,
  ["no height"] = function(world) world.camera.height = 0 end,
} do
  test("nothing is drawn: " .. name, function()
    for _, background in ipairs { "blur", "none" } do
      local world, filter = running { background = background }
      break_it(world, filter)
      expect(#World.render(world, filter), 0)
      expect(filter.data.broken, false)
      World.expect_balanced(world)
    end
  end)
end

test("another size of the source is followed", function()
  local world, filter, ring = running { background = "blur" }
  world.camera.width, world.camera.height = 1920, 1080
  for _ = 1, 3 do
    local screen = World.render(world, filter)
    expect({ screen[1].width, screen[1].height }, { 1920, 1080 })
    python.answer(ring)
  end
  expect(tonumber(filter.entry.lua_errors), 0)
end)

test("a stale matte is not used, and the whole frame is blurred", function()
  local world, filter = running { background = "transparent" }
  local limit = require("selfieseg.policy").STALE_AFTER_NS
  python.withdraw(filter.entry)
  local last
  for frame = 1, 20 do
    local technique = techniques(World.render(world, filter))[1]
    if technique == "Layer" then
      last = frame
      break
    end
    expect(technique, "Transparent")
  end
  local about = limit / 33e6
  assert(last and math.abs(last - about) <= 2, "hidden after " .. tostring(last) .. " frames")
  expect(filter.entry.drawing, k.SS_DRAWN_POLICY)
end)

for without_matte, wanted in pairs { blur = { "Layer" }, hide = {}, hold = {}, show = { "None" } } do
  test("at the start, without_matte = " .. without_matte, function()
    local world = World.new()
    local filter = World.add_filter(world, { without_matte = without_matte })
    local screen = World.render(world, filter)
    expect(techniques(screen), wanted)
    expect(World.shows_room(world, screen), without_matte == "show")
    expect(tonumber(filter.entry.without_matte_frames), 1)
  end)
end

test("hold keeps the last composite, and shows it while there is no matte", function()
  local world, filter = running { without_matte = "hold", background = "transparent" }
  python.withdraw(filter.entry)
  for _ = 1, 30 do
    local screen = World.render(world, filter)
    expect({ #screen, screen[1].shows }, { 1, "composite" })
  end
end)

test("another alignment leaves nothing without a picture: what is held shows the same", function()
  local world, filter, ring = running { without_matte = "hold", background = "transparent" }
  for _, alignment in ipairs { "exact", "low_latency" } do
    World.update(world, filter, { alignment = alignment })
    for _ = 1, 6 do
      local screen = World.render(world, filter)
      expect({ #screen, screen[1].shows }, { 1, "composite" })
      python.answer(ring)
    end
  end
end)

for key, value in pairs { background = "color", threshold = 0.9, image_path = "/alignment=low_latency" } do
  test("another alignment and another " .. key .. ": what is held may show what is to be hidden", function()
    local world, filter = running { without_matte = "hold", background = "transparent" }
    World.update(world, filter, { alignment = "exact", [key] = value })
    expect(#World.render(world, filter), 0)
  end)
end

test("hold shows nothing once the source has another size", function()
  local world, filter = running { without_matte = "hold" }
  python.withdraw(filter.entry)
  world.now_ns = world.now_ns + 1e9
  expect(#World.render(world, filter), 1)
  world.camera.width = 640
  expect(#World.render(world, filter), 0)
end)

test("the matte view is black until there is a matte", function()
  local world = World.new()
  local filter = World.add_filter(world, { view = "matte" })
  local screen = World.render(world, filter)
  expect(techniques(screen), { "Matte" })
  expect(screen[1].values.matte.width, 1, "the black matte")
end)

test("the time inside the callback counts, less the target's own", function()
  local world = World.new()
  local filter = World.add_filter(world)
  world.camera.costs_ns = 50e6
  for _ = 1, 3 do World.render(world, filter) end
  local counts = filter.entry.callback_histogram
  expect(counts[0], 2, "callbacks of no time at all")
end)

test("the source's name is told, cut to the entry", function()
  local world = World.new()
  world.camera.name = ("x"):rep(300)
  local filter = World.add_filter(world)
  World.render(world, filter)
  expect(ffi.string(filter.entry.source_name), ("x"):rep(255))
end)
