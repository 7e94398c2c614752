-- An error of ours must draw nothing, leave OBS's graphics as they were, be told once, and pass.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local start = require "fake.running"
local k = World.constants

local function expect_recovery(world, filter, ring, frames)
  for _ = 1, frames do
    World.render(world, filter)
    python.answer(ring)
  end
  expect(filter.data.broken, false, "broken for ever")
  expect(filter.entry.drawing, k.SS_DRAWN_RESULT)
end

local function running(values)
  local world = World.new()
  world.errors_expected = true
  local _, filter, ring = start(values, world)
  assert(not filter.data.broken, "broken before anything was done to it")
  return world, filter, ring
end

local ANYWHERE = {
  "obs_filter_get_target", "obs_source_get_base_width", "obs_get_video_frame_time", "os_gettime_ns",
  "obs_filter_get_parent", "obs_source_get_output_flags", "obs_source_default_render", "gs_texrender_begin",
  "gs_texrender_reset", "gs_effect_loop", "gs_effect_set_texture", "gs_draw_sprite",
  "gs_texture_set_image", "gs_stage_texture", "gs_stagesurface_map",
}

for _, without_matte in ipairs { "blur", "hold" } do
  for _, name in ipairs(ANYWHERE) do
    test(("an error in %s is fenced, and passes (without_matte = %s)"):format(name, without_matte), function()
      local world, filter, ring = running { without_matte = without_matte }
      world.fail[name] = true
      local logged = #world.log
      for _ = 1, 3 do
        local screen = World.render(world, filter)
        assert(not World.shows_room(world, screen), "the room shows")
        expect(#screen, 0, "draws")
        expect(world.srgb, true, "sRGB as it was")
        expect(world.begun or 0, 0, "render targets begun")
      end
      expect({ tonumber(filter.entry.lua_errors), filter.entry.drawing }, { 3, k.SS_DRAWN_NOTHING })
      expect(#world.log, logged + 1, "lines in the log")
      assert(world.log[#world.log]:find("injected: " .. name, 1, true), world.log[#world.log])
      world.fail[name] = nil
      world.effect, world.technique = nil, nil -- libobs would go on with the pass; the next loop ends it
      expect_recovery(world, filter, ring, 3)
    end)
  end
end

for _, name in ipairs { "obs_source_get_base_width", "gs_texrender_begin", "gs_stage_texture",
                        "gs_effect_set_texture" } do
  test("blend states are balanced after an error in " .. name, function()
    local world, filter = running {}
    world.fail[name] = true
    World.render(world, filter)
    World.expect_balanced(world)
  end)
end

test("a half-made frame is not drawn again", function()
  local world, filter = running { background = "color" }
  world.fail.gs_stage_texture = true
  expect(#World.render(world, filter), 0)
  expect(#World.render(world, filter, true), 0, "draws of the same frame")
end)

test("an effect that does not compile is told once, with the compiler's words, and tried once", function()
  local world = World.new()
  world.errors_expected, world.bad_effect = true, true
  local filter = World.add_filter(world)
  for _ = 1, 5 do expect(#World.render(world, filter), 0) end
  expect(#world.log, 1, "lines in the log")
  assert(world.log[1]:find("does not compile: syntax error", 1, true), world.log[1])
  expect(world.count.gs_effect_create_from_file, 1)
  World.expect_balanced(world)
end)

test("the properties name an internal error, and no longer when it has passed", function()
  local world, filter = running {}
  local function state() return World.state_text(world, filter) end
  world.fail.gs_stage_texture = true
  World.render(world, filter)
  assert(state():find "internal error", state())
  world.fail.gs_stage_texture = nil
  World.render(world, filter)
  assert(not state():find "internal error", state())
end)

test("create never fails: OBS would show the room", function()
  local world = World.new()
  for name in pairs { claim = 1, new = 1 } do
    local module = package.loaded[name == "claim" and "selfieseg.bridge" or "selfieseg.filter"]
    local original = module[name]
    module[name] = function() assert(false, "injected") end
    local filter = World.add_filter(world)
    module[name] = original
    expect(type(filter.data), "table", name)
    world.errors_expected = true
    expect(#World.render(world, filter), 0)
    world.info.update(filter.data, filter.settings)
    world.info.destroy(filter.data)
  end
end)

test("create with settings that cannot be read draws nothing", function()
  local world = World.new()
  world.errors_expected = true
  local original = obslua.obs_data_get_int
  obslua.obs_data_get_int = function() assert(false, "injected") end
  local filter = World.add_filter(world, { background = "none" })
  obslua.obs_data_get_int = original
  expect(type(filter.data), "table")
  expect(#World.render(world, filter), 0)
end)

test("the 33rd filter draws nothing and says why", function()
  local world = World.new()
  for _ = 1, 32 do World.add_filter(world) end
  local last = World.add_filter(world, { background = "none" })
  expect(type(last.data), "table")
  expect(#World.render(world, last), 0)
  assert(world.log[#world.log]:find "32", "not in the log")
  world.info.get_properties(last.data)
  world.info.update(last.data, last.settings)
  world.info.destroy(last.data)
end)

test("why there is no matte is told once in the log, after a while", function()
  local world = World.new()
  local filter = World.add_filter(world)
  for _ = 1, 149 do World.render(world, filter) end
  expect(#world.log, 0)
  for _ = 1, 400 do World.render(world, filter) end
  expect(#world.log, 1)
  assert(world.log[1]:find "Tools > Scripts" and world.log[1]:find "hidden", world.log[1])
end)

test("a texture that could not be made again is not used", function()
  local world, filter = running { without_matte = "hold", background = "transparent", despill = 0 }
  local wide = world.camera.width
  world.camera.width = 640
  world.no_memory_for = "texrender texture"
  local original = world.C.gs_texrender_begin
  local held = filter.data.filter.finished
  for _, whole in ipairs { filter.data.filter.capture.full, filter.data.filter.composer.matte.target } do
    whole.handle.width = 640 -- only the held picture fails to be made
    whole.handle.texture = { kind = "texrender texture", width = 640, height = 720 }
  end
  World.render(world, filter)
  world.no_memory_for = nil
  assert(original and held.handle.texture == nil, "the held picture was made")
  python.withdraw(filter.entry)
  world.camera.width = wide
  world.now_ns = world.now_ns + 1e9
  expect(#World.render(world, filter), 0, "draws")
  expect(filter.data.broken, false, "tried to draw a destroyed texture")
end)

test("after a while without graphics memory it goes on by itself, at the same size", function()
  local world, filter, ring = running { background = "blur" }
  world.camera.width = 640
  world.no_memory_for = "texrender texture"
  for _ = 1, 3 do expect(#World.render(world, filter), 0, "draws") end
  world.no_memory_for = nil
  expect_recovery(world, filter, ring, 8)
end)
