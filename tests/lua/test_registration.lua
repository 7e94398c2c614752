-- OBS shows the room where a saved filter does not exist: so it exists whatever fails to load, and does not go
-- with the script that brought it while another script of ours is there.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local k = World.constants

local MODULES = { -- all that are needed to load
  "alignment", "background_layer", "bell", "blur", "bridge", "capture", "class_texture", "clock", "composer",
  "edge_light", "effects", "fence", "fewer_callbacks", "figures", "filter", "filter_type", "foreground", "gpu",
  "held_frames", "histogram", "libobs", "look_text", "matte", "model_choices", "newest_frame", "plain_textures",
  "policy", "presets", "properties", "put_text", "readback", "registration", "result_texture", "ring", "settings",
  "strings", "structs",
}

-- An OBS whose only script of ours cannot load `module`.
local function broken_without(module)
  local world = World.new_obs()
  world.hooks = World.load_script(world, "selfieseg." .. module)
  return world
end

local function draws_a_matte(world, filter)
  local ring = python.new_ring()
  python.publish(filter.entry, ring)
  for _ = 1, 4 do
    World.render(world, filter)
    python.answer(ring)
  end
  World.render(world, filter)
  return filter.entry.drawing == k.SS_DRAWN_RESULT
end

for _, module in ipairs(MODULES) do
  test("a filter that draws nothing stands in where this cannot be loaded: " .. module, function()
    local world = broken_without(module)
    expect({ world.info.id, world.info.type, world.info.output_flags, world.display_name },
           { "selfie_segmentation", 1, 1, "Selfie Segmentation" })
    for _, background in ipairs { "blur", "none" } do
      local filter = World.add_filter(world, { background = background, without_matte = "show" })
      expect(type(filter.data), "table", "OBS shows the room where create returns nothing")
      local screen = World.render(world, filter)
      expect(#screen, 0, "draws")
      assert(not World.shows_room(world, screen), "the room shows")
    end
    World.expect_balanced(world)
  end)
end

test("the list of modules that are needed is whole", function()
  World.new()
  local wanted = {}
  for _, name in ipairs(MODULES) do wanted["selfieseg." .. name] = true end
  for name in pairs(package.loaded) do
    if name:find "^selfieseg%." then assert(wanted[name], name .. " is not in MODULES") end
  end
end)

test("the stand-in says why, and what to do: in its settings, in the list of scripts, once in the log", function()
  local world = broken_without "filter"
  local filter = World.add_filter(world)
  for _, text in ipairs { World.state_text(world, filter), world.hooks.script_description(), world.log[1] } do
    assert(text:find("cannot read selfieseg.filter", 1, true), text)
    assert(text:find "Not working" and text:find "install.py" and text:find "nothing is shown", text)
  end
  for _ = 1, 300 do World.render(world, filter) end
  expect(#world.log, 1, "lines in the log")
end)

test("what OBS may call of a stand-in can be called", function()
  local world = broken_without "filter"
  local filter = World.add_filter(world)
  for _, name in ipairs { "update", "get_width", "get_height" } do -- OBS calls what is there
    if world.info[name] then world.info[name](filter.data, filter.settings) end
  end
  filter:destroy()
  World.unload_script(world, world.hooks)
  expect(#world.created, 0, "GPU objects")
end)

test("once its files are back, the filter draws again and its instances are kept", function()
  local world = broken_without "filter"
  local filter = World.add_filter(world)
  World.unload_script(world, world.hooks)
  world.hooks = World.load_script(world)
  assert(filter.entry, "no instance was made")
  assert(draws_a_matte(world, filter), "no matte is drawn")
end)

test("a script that cannot be loaded does not push out one that works", function()
  local world = World.new()
  local filter = World.add_filter(world)
  local info = world.info
  local second = World.load_script(world, "selfieseg.filter")
  World.wait(world, 3)
  expect(world.info == info, true, "the first one's filter")
  assert(draws_a_matte(world, filter), "no matte is drawn")
  World.unload_script(world, second)
  expect(world.info == info, true, "the first one's filter")
end)

test("a stand-in takes over too", function()
  local world = World.new()
  local filter = World.add_filter(world)
  World.load_script(world, "selfieseg.filter")
  World.unload_script(world, world.hooks)
  World.wait(world, 2)
  assert(world.info, "no filter is registered")
  expect(type(filter.data), "table")
end)

test("the stand-in tells the Python half that it is one", function()
  local world = broken_without "filter"
  local data = World.data()
  world.info.get_defaults(data)
  expect(data.defaults.selfieseg_bridge, "none")
end)

test("the first script needs no timer", function()
  expect(#World.new().timers, 0)
end)

test("the second script asks once a second, and is refused without a trace", function()
  local world = World.new()
  local info = world.info
  World.load_script(world)
  expect({ #world.timers, world.timers[1].every_ns }, { 1, 1e9 })
  World.wait(world, 10)
  expect(world.info == info, true, "the first one's filter")
  expect({ world.registrations, #world.timers, #world.log }, { 1, 1, 0 })
  local memory = 0
  for _ in pairs(world.memory) do memory = memory + 1 end
  expect(memory, 1, "bridges")
end)

test("the second script takes over, and the instances that were there draw on", function()
  local world = World.new()
  local first = world.hooks
  local filters = { World.add_filter(world), World.add_filter(world, { background = "color" }) }
  for _, filter in ipairs(filters) do assert(draws_a_matte(world, filter), "no matte is drawn") end
  local second = World.load_script(world)
  World.unload_script(world, first)
  expect(#World.render(world, filters[1]), 0, "draws while no script has the type")

  World.wait(world, 1.1)
  expect({ world.registrations, #world.timers }, { 2, 0 }, "registrations and timers")
  expect(world.owner == second, true, "the second one's filter")
  for _, filter in ipairs(filters) do
    -- The bridge was there before OBS made the instances: each has an entry in it.
    assert(filter.entry, "an instance without an entry")
    expect(filter.data.broken, false)
    assert(draws_a_matte(world, filter), "no matte is drawn")
  end
  expect(World.render(world, filters[2])[1].technique, "Color", "the settings of before")
  assert(not second.script_description():find "safety net", second.script_description())
  expect(#world.log, 0, "lines in the log")
end)

test("between the two scripts nothing of the room shows, and no GPU object is lost", function()
  local world = World.new()
  local filter = World.add_filter(world, { background = "none" })
  assert(draws_a_matte(world, filter), "no matte is drawn")
  local second = World.load_script(world)
  World.unload_script(world, world.hooks)
  expect(#world.destroyed, #world.created, "objects destroyed")
  for _ = 1, 3 do assert(not World.shows_room(world, World.render(world, filter)), "the room shows") end
  World.wait(world, 1.1)
  assert(draws_a_matte(world, filter), "no matte is drawn")
  World.unload_script(world, second)
  expect(#world.destroyed, #world.created, "objects destroyed")
  expect(next(world.memory), nil, "memory")
end)

test("the Python half finds the bridge of the script that took over", function()
  local world = World.new()
  local filter = World.add_filter(world)
  local before = filter.settings.defaults.selfieseg_bridge
  World.load_script(world)
  filter.data.filter.shared.bridge.data.python_attached = 1 -- and so Python frees it: another gets another address
  World.unload_script(world, world.hooks)
  World.wait(world, 1.1)
  local defaults = World.data()
  world.info.get_defaults(defaults)
  assert(defaults.defaults.selfieseg_bridge ~= before, "the bridge that is gone")
  expect(defaults.defaults.selfieseg_bridge, filter.data.filter.shared.bridge:address())
end)

test("of three scripts one takes over", function()
  local world = World.new()
  local filter = World.add_filter(world)
  local others = { World.load_script(world), World.load_script(world) }
  World.unload_script(world, world.hooks)
  World.wait(world, 3)
  expect({ world.registrations, #world.timers }, { 2, 1 }, "registrations and timers")
  World.unload_script(world, world.owner == others[1] and others[1] or others[2])
  World.wait(world, 3)
  expect({ world.registrations, #world.timers }, { 3, 0 }, "registrations and timers")
  assert(draws_a_matte(world, filter), "no matte is drawn")
end)

test("a second script that goes before the first leaves no timer", function()
  local world = World.new()
  local second = World.load_script(world)
  World.unload_script(world, second)
  expect(#world.timers, 0)
  World.unload_script(world, world.hooks)
  World.wait(world, 3)
  expect(world.registrations, 1)
end)
