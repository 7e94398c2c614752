-- How often libobs is called for a steady frame, function by function: docs/graphics-thread.md tells the sums.
-- Whoever adds a call to every frame meets this test, says there why it has to be, and raises the number here.
local testing = require "testing"
local test, expect = testing.test, testing.expect
local World = require "fake.world"
local python = require "fake.python_half"
local steady = require "steady"

-- What each part of a frame takes, whatever the settings.
local EVERY_DRAW = {
  obs_filter_get_target = 1, obs_source_get_base_width = 1, obs_source_get_base_height = 1, -- may change any time
  obs_get_video_frame_time = 1, os_gettime_ns = 2, -- whether it is a new frame; how long the callback took
  gs_framebuffer_srgb_enabled = 1, gs_blend_state_push = 1, gs_blend_state_pop = 1, gs_blend_function = 1,
  gs_effect_loop = 2, gs_draw_sprite = 1,
}
local EVERY_FRAME = {
  obs_filter_get_parent = 1, obs_source_get_output_flags = 1, -- with which call the target is drawn
  os_gettime_ns = 2, -- how long the target's own rendering took
  gs_blend_function = 1, -- our passes replace what they draw on
  gs_blend_state_push = 1, gs_blend_function_separate = 1, obs_source_default_render = 1, gs_blend_state_pop = 1,
  gs_stagesurface_map = 1, gs_stagesurface_unmap = 1, gs_stage_texture = 1, -- the work frame back from the GPU
}
local INTO_A_TEXTURE = {
  gs_texrender_reset = 1, gs_texrender_begin = 1, gs_clear = 1, gs_ortho = 1, gs_texrender_end = 1,
}
local SPRITE = { gs_effect_loop = 2, gs_draw_sprite = 1 }

-- By case of steady.lua.  passes: into textures, besides the target and the work frame.  textures, floats, vec2, vec4:
-- what the techniques are given, the work frame's one texture and those of the draw included.  uploads: of results and
-- class planes.  again: what a second draw of the same frame gives to its technique.
local PINNED = {
  ["none"] = { passes = 0, textures = 2, uploads = 1, again = { textures = 1 } },
  ["matte"] = { passes = 1, textures = 4, floats = 3, vec2 = 1, uploads = 1, again = { textures = 1 } },
  ["color"] = { passes = 1, textures = 5, floats = 3, vec2 = 1, vec4 = 1, uploads = 1,
                again = { textures = 2, vec4 = 1 } },
  ["blur"] = { passes = 7, textures = 14, floats = 3, vec2 = 6, uploads = 1, again = { textures = 3 } },
  ["blur, light wrap"] = { passes = 10, textures = 19, floats = 4, vec2 = 9, uploads = 1,
                           again = { textures = 4, floats = 1 } },
  ["blur, no new matte"] = { passes = 7, textures = 14, floats = 3, vec2 = 6, again = { textures = 3 } },
  -- The delay is told as a time, too: by the frame interval.
  ["blur, exact"] = { passes = 7, textures = 14, floats = 3, vec2 = 6, uploads = 1, intervals = 1,
                      again = { textures = 3 } },
  ["everything"] = { passes = 14, textures = 24, floats = 13, vec2 = 11, vec4 = 5, uploads = 2,
                     intervals = 1, again = { textures = 3, floats = 1, vec4 = 1 } },
  ["in the engine"] = { passes = 0, textures = 2, uploads = 1, again = { textures = 1 } },
  ["without a matte"] = { passes = 6, textures = 12, vec2 = 5, again = { textures = 3 } },
}

-- The rows of docs/graphics-thread.md.
local ROWS = {
  ["none"] = "background *none*",
  ["matte"] = "view *matte*",
  ["color"] = "colour",
  ["blur"] = "blur (50)",
  ["blur, light wrap"] = "blur, light wrap",
  ["blur, no new matte"] = "blur, without a new matte",
  ["blur, exact"] = "blur, `exact`",
  ["everything"] = "colour, with every effect, class planes, `exact`",
  ["in the engine"] = "effects in the engine",
  ["without a matte"] = "no matte: the whole blurred",
}

local function add(calls, more, times)
  for name, count in pairs(more) do calls[name] = (calls[name] or 0) + count * (times or 1) end
end

local function add_values(calls, pinned)
  add(calls, { gs_effect_set_texture = pinned.textures, gs_effect_set_float = pinned.floats,
               gs_effect_set_vec2 = pinned.vec2, gs_effect_set_vec4 = pinned.vec4,
               gs_texture_set_image = pinned.uploads, obs_get_frame_interval_ns = pinned.intervals })
end

local function as_lines(calls)
  local lines, sum = {}, 0
  for name, count in pairs(calls) do
    lines[#lines + 1] = name .. " " .. count
    sum = sum + count
  end
  table.sort(lines)
  return lines, sum
end

-- Renders `case` until all is made.  Returns a function that draws once more and tells the calls of it.
local function prepare(case)
  local world = World.new()
  world.srgb = false -- as OBS calls filters
  local filter = World.add_filter(world, case.settings)
  local ring = python.new_ring(4, 512 * 288 * 4, case.planes and 64 * 64 * 4 or nil)
  python.publish(filter.entry, ring, 512, 288)
  for number = 1, case.still and 23 or 24 do -- for the next frame a matte and class planes have come
    World.render(world, filter)
    steady.answer(case, ring, number, world.now_ns)
  end
  return function(again)
    local before = {}
    for name, count in pairs(world.count) do before[name] = count end
    World.render(world, filter, again)
    local calls = {}
    for name, count in pairs(world.count) do
      local more = count - (before[name] or 0)
      if more > 0 and not name:find "_graphics$" then calls[name] = more end -- OBS itself takes its graphics lock
    end
    return calls
  end
end

local function wanted_of_frame(pinned)
  local wanted = {}
  add(wanted, EVERY_DRAW)
  add(wanted, EVERY_FRAME)
  add(wanted, INTO_A_TEXTURE, 2 + pinned.passes)
  add(wanted, SPRITE, 1 + pinned.passes)
  add_values(wanted, pinned)
  return as_lines(wanted)
end

local function wanted_again(pinned)
  local wanted = {}
  add(wanted, EVERY_DRAW)
  add_values(wanted, pinned.again)
  return as_lines(wanted)
end

for _, case in ipairs(steady) do
  local pinned = assert(PINNED[case.name], case.name)

  test("calls of a frame: " .. case.name, function()
    expect((as_lines(prepare(case)())), (wanted_of_frame(pinned)))
  end)

  test("calls of the same frame drawn again: " .. case.name, function()
    local draw = prepare(case)
    draw()
    expect((as_lines(draw(true))), (wanted_again(pinned)))
  end)
end

test("docs/graphics-thread.md tells the sums", function()
  local file = assert(io.open(testing.repository .. "/docs/graphics-thread.md"))
  local text = file:read "*a"
  file:close()
  for name, pinned in pairs(PINNED) do
    local _, sum = wanted_of_frame(pinned)
    local _, again = wanted_again(pinned)
    local row = ("\n| %s | %d | %d | %d |\n"):format(ROWS[name], sum, 2 + pinned.passes, again)
    assert(text:find(row, 1, true), "this row is not there:" .. row)
  end
end)

test("where OBS has sRGB on it is switched off and on again, nowhere else", function()
  local world = World.new()
  local filter = World.add_filter(world, { background = "color" })
  World.render(world, filter)
  expect(world.count.gs_enable_framebuffer_srgb, 2)
  World.expect_balanced(world)
  world.srgb = false
  World.render(world, filter)
  expect({ world.count.gs_enable_framebuffer_srgb, world.srgb }, { 2, false })
end)
