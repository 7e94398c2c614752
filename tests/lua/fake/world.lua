-- A fresh fake OBS with the Lua half loaded into it, as OBS loads it.  Every call makes another one.
local testing = require "testing"
local expect = testing.expect
local ffi = require "ffi"
local libobs = require "selfieseg.libobs" -- the real declarations; only its C is exchanged
local fake_gpu = require "fake.gpu"
local fake_libobs = require "fake.libobs"
local fake_obslua = require "fake.obslua"
local read_structs = require "selfieseg.structs"

ffi.cdef "typedef struct { void *type; int own; void *ptr; } fake_swig_userdata;"
local constants = read_structs(testing.repository .. "/engine/selfieseg_wire/structs.h")
local real_error, real_cdef = error, ffi.cdef

local M = { constants = constants, data = fake_obslua.data }

-- C types outlive a module: declared once for all tests of a file.
local declared = {}
local function cdef_once(text)
  if not declared[text] then real_cdef(text) end
  declared[text] = true
end

local function forget_modules()
  for name in pairs(package.loaded) do
    if name:find "^selfieseg%." and name ~= "selfieseg.libobs" then package.loaded[name] = nil end
  end
  package.loaded["selfieseg.structs"] = function() return constants end
end

-- A fake libobs: `fail[name] = true` makes that function throw; every call is counted.
local function new_c(world)
  local C = {}
  fake_libobs.add_to(C, world)
  fake_gpu(C, world)
  world.fail, world.count = {}, {}
  local guarded = {}
  for name, fn in pairs(C) do
    guarded[name] = function(...)
      world.count[name] = (world.count[name] or 0) + 1
      if world.fail[name] then real_error("injected: " .. name, 0) end
      return fn(...)
    end
  end
  return setmetatable(guarded, { __index = function(_, name)
    real_error("no such function in the fake: " .. name, 0)
  end })
end

-- The fake OBS alone, for tests of single modules: require them after this.
function M.bare()
  local world = { widgets = {}, timers = {}, filters = {} }
  ffi.cdef = cdef_once
  libobs.C = new_c(world)
  world.C = libobs.C
  obslua = fake_obslua.new(world)
  rawset(_G, "error", function() end) -- OBS puts one in its place that logs and goes on
  forget_modules()
  return world
end

-- Calls a hook or a timer of a script, as `world.running_script`.
local function run_in(world, script, fn)
  local outer = world.running_script
  world.running_script = script
  fn()
  world.running_script = outer
end

-- One more Lua state with our script in it; the module `broken` (nil: none) cannot be loaded, `bell` (nil: one that
-- remembers in world.bells) rings the bell.  Returns its hooks.
function M.load_script(world, broken, bell)
  forget_modules()
  local path = testing.repository .. "/obs_plugin/filter/"
  package.loaded["selfieseg.bell"] = bell or function(data) world.bells[#world.bells + 1] = tonumber(data.bell) end
  local kept = broken and package.loaded[broken]
  if broken then
    package.loaded[broken] = nil
    package.preload[broken] = function() assert(false, "cannot read " .. broken) end
  end
  local hooks = setmetatable({ error = function() end, script_path = function() return path end }, { __index = _G })
  run_in(world, hooks, setfenv(assert(loadfile(path .. "selfie_segmentation.lua")), hooks))
  if broken then package.preload[broken], package.loaded[broken] = nil, kept end
  run_in(world, hooks, hooks.script_load)
  return hooks
end

-- As OBS does it: the type is disabled and its instances lose their data, then the hook, then the timers go.
-- From then on libobs draws nothing for the instances, and destroys them without a call.
function M.unload_script(world, hooks)
  if world.owner == hooks then
    for _, filter in ipairs(world.filters) do filter:destroy() end
    world.info, world.owner = nil, nil
  end
  run_in(world, hooks, hooks.script_unload)
  for i = #world.timers, 1, -1 do
    if world.timers[i].script == hooks then table.remove(world.timers, i) end
  end
end

-- Lets time pass: timers that are due are called, as OBS does before it renders.
function M.wait(world, seconds)
  local stop_ns = world.now_ns + seconds * 1e9
  while world.now_ns < stop_ns do
    world.now_ns = math.min(world.now_ns + 0.1e9, stop_ns)
    for _, timer in ipairs { unpack(world.timers) } do -- a timer may remove itself
      if timer.due_ns <= world.now_ns then
        timer.due_ns = timer.due_ns + timer.every_ns
        run_in(world, timer.script, timer.fn)
      end
    end
  end
end

-- The fake OBS with a camera, and without a script of ours.
function M.new_obs()
  local world = M.bare()
  world.bells = {}
  world.camera = world.source { width = 1280, height = 720, flags = 1, name = "Camera" }
  return world
end

-- Whether frames may be read back in the frame that drew them, if that takes no time; after `new` they may not.
function M.let_read_at_once(may)
  require("selfieseg.readback").FIRST_TRIAL_NS = may and 2e9 or math.huge
end

-- The same with our script.
function M.new()
  local world = M.new_obs()
  world.hooks = M.load_script(world)
  M.let_read_at_once(false)
  return world
end

local ID = ffi.new("char[20]", "selfie_segmentation")
local INFO_AT = 29 -- in words: where libobs happens to keep an instance's copy of obs_source_info

-- Every callback, as libobs-scripting gives it to each Lua source.  Words: id, type and flags, callbacks.
local function write_info(source)
  local words = source.memory + INFO_AT
  words[0] = ffi.cast("uintptr_t", ffi.cast("const char *", ID))
  local type_and_flags = ffi.cast("uint32_t *", words + 1)
  type_and_flags[0], type_and_flags[1] = 1, 1
  for callback = 2, 20 do words[callback] = 4096 + callback end
  for _, unused in ipairs { 16, 17, 18 } do words[unused] = 0 end -- filter_video, filter_audio, enum_active_sources
  source.id, source.info = ffi.cast("const char *", ID), words
end

-- Adds our filter to world.camera (or `parent`), with these settings.  Returns { data (Lua's own), source, entry }.
function M.add_filter(world, values, parent)
  parent = parent or world.camera
  local filter = { parent = parent, settings = M.data(values) }
  filter.source = world.source { parent = parent, target = parent, width = 0, height = 0 }
  write_info(filter.source)
  filter.swig = ffi.new("fake_swig_userdata[1]", { { ptr = filter.source.pointer } })
  function filter:create()
    self.data = world.info.create(self.settings, self.swig)
    self.entry = type(self.data) == "table" and self.data.entry
  end
  function filter:destroy()
    world.info.destroy(self.data)
    self.data, self.entry = nil, nil
  end
  if world.info.get_defaults then world.info.get_defaults(filter.settings) end
  filter:create()
  world.filters[#world.filters + 1] = filter
  return filter
end

-- What the dialogue says of the filter's state.
function M.state_text(world, filter)
  world.widgets = {}
  world.info.get_properties(filter.data)
  for _, widget in ipairs(world.widgets) do
    if widget[2] == "state" then return widget[3] end
  end
end

function M.update(world, filter, values)
  for key, value in pairs(values) do filter.settings.values[key] = value end
  world.info.update(filter.data, filter.settings)
end

-- Draws the filter as OBS does; `again` draws the same frame once more.  Returns what reached the screen.
function M.render(world, filter, again)
  if not again then
    world.frame_time = world.frame_time + 33e6
    world.now_ns = world.now_ns + 33e6
  end
  local before = #world.drawn
  world.leaked = false
  world.C.obs_enter_graphics()
  if world.info then world.info.video_render(filter.data) end -- libobs: draws nothing while no script has the type
  world.C.obs_leave_graphics()
  if filter.data and filter.data.broken and not world.errors_expected then
    assert(false, "the filter reported an error: " .. (world.log[#world.log] or "told before"))
  end
  local screen = {}
  for i = before + 1, #world.drawn do
    if not world.drawn[i].into then screen[#screen + 1] = world.drawn[i] end
  end
  return screen
end

-- Whether a viewer saw the room in the last render.
function M.shows_room(world, screen)
  if world.leaked then return true end
  for _, draw in ipairs(screen) do
    if draw.shows == "room" then return true end
  end
  return false
end

-- Fails unless every graphics state is as it was.
function M.expect_balanced(world)
  expect(world.blend_depth, 0, "blend states pushed")
  expect(world.srgb, true, "sRGB as it was")
  expect(world.begun or 0, 0, "render targets begun")
  expect(world.locked, 0, "graphics locks held")
end

return M
