-- Making and unmaking: instances, the script, GPU objects.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local start = require "fake.running"

local function running(world, values)
  local _, filter, ring = start(values, world)
  World.render(world, filter)
  return filter, ring
end

local function gpu_calls(world)
  local sum = 0
  for name, count in pairs(world.count) do
    if name:find "^gs_" or name:find "graphics$" then sum = sum + count end
  end
  return sum
end

local function unload(world, filters)
  for _, filter in ipairs(filters) do world.info.destroy(filter.data) end
  world.hooks.script_unload()
end

local function expect_all_destroyed(world)
  for _, object in ipairs(world.created) do
    assert(object.destroyed, "a " .. object.kind .. " was never destroyed")
  end
  expect(#world.destroyed, #world.created, "objects destroyed")
  World.expect_balanced(world)
end

for _, settings in ipairs {
  {}, { background = "color" }, { background = "transparent", without_matte = "hold" }, { view = "matte" },
  { blur_strength = 100 }, { blur_strength = 0, without_matte = "hold" },
} do
  local words = {}
  for key, value in pairs(settings) do words[#words + 1] = key .. "=" .. tostring(value) end
  table.sort(words)
  test("every GPU object is destroyed once: " .. table.concat(words, " "), function()
    local world = World.new()
    local filter = running(world, settings)
    world.camera.width, world.camera.height = 640, 360
    World.render(world, filter)
    python.publish(filter.entry, python.new_ring(), 32, 32)
    for _ = 1, 3 do World.render(world, filter) end
    assert(#world.created > 5, "nothing was made")
    unload(world, { filter })
    expect_all_destroyed(world)
  end)
end

test("a filter that was never drawn leaves nothing", function()
  local world = World.new()
  unload(world, { World.add_filter(world) })
  expect(#world.created, 0)
  expect_all_destroyed(world)
end)

test("create, update, destroy and the dialogue touch no GPU object and no graphics lock", function()
  local world = World.new()
  local filter = running(world)
  local before = gpu_calls(world)
  local other = World.add_filter(world)
  World.update(world, other, { background = "color" })
  world.info.get_properties(filter.data)
  world.info.destroy(other.data)
  world.info.destroy(filter.data)
  expect(gpu_calls(world), before)
end)

test("the objects of a filter that is gone are destroyed in the next render of another", function()
  local world = World.new()
  local gone, left = running(world), running(world)
  local before = #world.destroyed
  world.info.destroy(gone.data)
  expect(#world.destroyed, before, "destroyed at once")
  World.render(world, left)
  assert(#world.destroyed - before >= 8, "destroyed in the next render")
  World.render(world, left)
  unload(world, { left })
  expect_all_destroyed(world)
end)

test("a filter may be destroyed twice in a row with its script", function()
  local world = World.new()
  local filter = running(world)
  world.info.destroy(filter.data)
  world.info.destroy(filter.data)
  expect(#World.render(world, filter), 0, "draws of a filter that is gone")
  world.hooks.script_unload()
  expect_all_destroyed(world)
end)

test("the bridge is gone after unload", function()
  local world = World.new()
  unload(world, { (running(world)) })
  expect(next(world.memory), nil, "memory")
end)

test("a second script of ours stays inert and takes nothing down", function()
  local world = World.new()
  local first_info = world.info
  local second = World.load_script(world)
  expect(world.info == first_info, true, "the first one's filter")
  expect(world.registrations, 1)
  assert(second.script_description():find "safety net", second.script_description())
  assert(not world.hooks.script_description():find "safety net", "the first one is no safety net")
  local filter = running(world)
  local destroyed = #world.destroyed
  second.script_unload()
  expect(#world.destroyed, destroyed)
  World.render(world, filter)
  unload(world, { filter })
  expect_all_destroyed(world)
  expect(next(world.memory), nil, "memory")
end)

test("after a reload the filter is registered and draws again", function()
  local world = World.new()
  local before = running(world)
  World.unload_script(world, world.hooks)
  expect(#World.render(world, before), 0, "draws while no script has the type")
  world.hooks = World.load_script(world)
  local filter = running(world)
  assert(#World.render(world, filter) == 1, "draws nothing")
  assert(#World.render(world, before) == 1, "the instance of before draws nothing")
  World.unload_script(world, world.hooks)
  expect_all_destroyed(world)
end)

test("the default settings tell where the bridge is", function()
  local world = World.new()
  local filter = World.add_filter(world)
  expect(tonumber(filter.settings.defaults.selfieseg_bridge) > 0, true)
  expect(filter.settings.defaults.selfieseg_bridge, filter.data.filter.shared.bridge:address())
end)

test("settings reach the entry between two numbers, the last one even", function()
  local world = World.new()
  local filter = World.add_filter(world, { model = "m" })
  expect(filter.entry.settings_version, 2)
  World.update(world, filter, { model = ("x"):rep(100), device = ("y"):rep(100) })
  expect(filter.entry.settings_version, 4)
  local ffi = require "ffi"
  expect({ #ffi.string(filter.entry.model), #ffi.string(filter.entry.device) }, { 63, 15 })
end)

test("two filters keep their own pictures", function()
  local world = World.new()
  local one, two = running(world, { background = "color" }), running(world, { background = "transparent" })
  local a, b = World.render(world, one), World.render(world, two)
  expect({ a[1].technique, b[1].technique }, { "Color", "Transparent" })
  assert(a[1].values.image ~= b[1].values.image and a[1].values.matte ~= b[1].values.matte, "they share a texture")
end)

test("a filter inside the scene that another one is on is drawn too", function()
  local world = World.new()
  local inner = World.add_filter(world, { background = "color" })
  local scene = world.source { width = 1920, height = 1080, flags = 1 + 8, name = "Scene" }
  scene.render = function() world.info.video_render(inner.data) end
  local outer = World.add_filter(world, {}, scene)
  for _ = 1, 3 do
    local screen = World.render(world, outer)
    assert(not World.shows_room(world, screen), "the room shows")
  end
  expect({ tonumber(inner.entry.frames), tonumber(outer.entry.frames) }, { 3, 3 })
  unload(world, { inner, outer })
  expect_all_destroyed(world)
end)

test("settings changed between two draws of a frame wait for the next one", function()
  local world = World.new()
  local filter = running(world, { background = "color", without_matte = "hide" })
  World.render(world, filter)
  World.update(world, filter, { background = "blur" })
  for _, draw in ipairs(World.render(world, filter, true)) do
    assert(draw.shows ~= "unbound texture", "blurs without a blurred picture")
  end
end)

test("a source keeps its size under the filter", function()
  local world = World.new()
  local filter = World.add_filter(world)
  expect({ world.info.get_width(filter.data), world.info.get_height(filter.data) }, { 1280, 720 })
  filter.source.target = nil
  expect({ world.info.get_width(filter.data), world.info.get_height(filter.data) }, { 0, 0 })
  world.info.destroy(filter.data)
  expect(world.info.get_width(filter.data), 0)
end)

test("callbacks that libobs calls with a filter mutex held are taken out, the others stay", function()
  local world = World.new()
  local filter = World.add_filter(world)
  local gone = {}
  for callback = 2, 20 do
    local unused = callback >= 16 and callback <= 18
    if filter.source.info[callback] == 0 and not unused then gone[#gone + 1] = callback end
  end
  -- get_width, get_height, activate, deactivate, show, hide, video_tick, save, load
  expect(gone, { 5, 6, 10, 11, 12, 13, 14, 19, 20 })
  expect(#world.log, 0)
end)

test("an OBS whose sources look otherwise is left as it is, and that is told", function()
  local world = World.new()
  world.C.obs_source_get_id = nil
  rawset(world.C, "obs_source_get_id", function() return require("ffi").new "char[8]" end)
  local filter = World.add_filter(world)
  for callback = 2, 15 do assert(filter.source.info[callback] ~= 0, "callback " .. callback .. " is gone") end
  expect(#world.log, 1)
  World.render(world, filter)
  expect(filter.data.broken, false)
end)

test("an error while callbacks are taken out costs nothing else", function()
  local world = World.new()
  world.errors_expected = true
  world.fail.obs_source_get_id = true
  local filter = World.add_filter(world)
  for _ = 1, 2 do World.render(world, filter) end
  expect(filter.data.broken, false)
end)
