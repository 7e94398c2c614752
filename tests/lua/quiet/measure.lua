-- Runs one case of steady.lua over the OBS that does nothing (obs.c), and prints what the Lua half takes by itself, as
-- key=value pairs: luajit [-joff] measure.lua FOLDER_OF_TESTS LIBRARY CASE FRAMES [CASE_BEFORE]
-- With CASE_BEFORE that is run first; then target, parent and the GPU's rows are others, and the user's settings.
-- "first" is a frame's first draw, "again" its second; "aborts" is how often LuaJIT has tried in vain to compile the
-- one of our functions with which it failed most.  With "--list" for a case it prints their names.
local HERE, LIBRARY, CASE, FRAMES, CASE_BEFORE = arg[1], arg[2], arg[3], tonumber(arg[4]), arg[5]
package.path = HERE .. "/?.lua;" .. HERE .. "/../../obs_plugin/filter/?.lua;" .. package.path
require "testing".repository = HERE .. "/../.."

-- As when OBS calls: every draw begins outside of compiled code, and LuaJIT tries to compile nothing but what draws.
jit.off(true, true)
local ffi = require "ffi"
local jit_util = require "jit.util"
local World = require "fake.world"
local python = require "fake.python_half"
local steady = require "steady"
if CASE == "--list" then
  for _, each in ipairs(steady) do print(each.name) end
  return
end


local WARM_UP = 300 -- LuaJIT compiles what runs often
local WORK = { width = 512, height = 288 }

ffi.cdef [[
void next_frame(void);
double clock_us(void);
int make_bell(void);
int take_bells(void);
void become_other(void);
]]
local quiet = ffi.load(LIBRARY)

local cases = {}
for _, each in ipairs(steady) do cases[each.name] = each end
local case = assert(cases[CASE_BEFORE or CASE], "no such case")

local world = World.new_obs()
require "selfieseg.libobs".C = quiet
world.hooks = World.load_script(world, nil, dofile(HERE .. "/../../obs_plugin/filter/selfieseg/bell.lua"))
local filter = World.add_filter(world, {})
World.update(world, filter, case.settings)
local ring = python.new_ring(4, WORK.width * WORK.height * 4, 64 * 64 * 4)
python.publish(filter.entry, ring, WORK.width, WORK.height)
filter.data.filter.shared.bridge.data.bell = quiet.make_bell()

local video_render, data, number, bells = world.info.video_render, filter.data, 0, 0

local function wait_for_next_frame()
  number = number + 1
  steady.answer(case, ring, number, tonumber(quiet.os_gettime_ns()))
  quiet.next_frame()
  bells = bells + quiet.take_bells()
end

local function bytes_of_draw()
  local before = collectgarbage "count"
  video_render(data)
  return (collectgarbage "count" - before) * 1024
end

local function us_of_draw()
  local before = quiet.clock_us()
  video_render(data)
  return quiet.clock_us() - before
end

local function run(measure, frames)
  local first, again = {}, {}
  for i = 1, frames do first[i], again[i] = 0, 0 end
  for i = 1, frames do
    wait_for_next_frame()
    first[i], again[i] = measure(), measure()
  end
  return first, again
end

-- Counts, for each of our functions and loops, the traces that begin there and come to nothing.
local function count_aborts()
  local aborts, start = {}, nil
  local function on_trace(what, _, func, pc, parent)
    if what == "start" then
      local place = jit_util.funcinfo(func, pc)
      local is_ours = not parent and place.source and place.source:find("obs_plugin/filter", 1, true)
      start = is_ours and place.loc or nil
    elseif what == "abort" and start then
      aborts[start] = (aborts[start] or 0) + 1
    end
  end
  jit.attach(on_trace, "trace")
  return function()
    jit.attach(on_trace)
    local most = 0
    for _, count in pairs(aborts) do most = math.max(most, count) end
    return most
  end
end

local function put(what, values)
  local sum = 0
  for _, value in ipairs(values) do sum = sum + value end
  table.sort(values)
  local function at(share) return values[math.ceil(#values * share)] end
  io.write(("%s_p50=%.1f %s_p99=%.1f %s_mean=%.2f "):format(what, at(0.5), what, at(0.99), what, sum / #values))
end

local stop_counting = count_aborts()
if CASE_BEFORE then
  run(us_of_draw, WARM_UP)
  for key in pairs(case.settings) do filter.settings.values[key] = nil end
  case = assert(cases[CASE], "no such case")
  quiet.become_other()
  World.update(world, filter, case.settings)
end
run(us_of_draw, WARM_UP)
local aborts = stop_counting()
assert(not data.broken, world.log[1])
local has_matte = filter.entry.drawing == World.constants.SS_DRAWN_RESULT
assert(has_matte == not case.unanswered, "the case is not what it is to be")

io.write(("aborts=%d "):format(aborts))

local before = bells
local us_first, us_again = run(us_of_draw, FRAMES)
io.write(("bells_mean=%.2f "):format((bells - before) / FRAMES))
put("us_first", us_first)
put("us_again", us_again)

collectgarbage()
local heap_kib, started = collectgarbage "count", quiet.clock_us()
collectgarbage()
io.write(("heap_kib=%.0f collection_us=%.0f "):format(heap_kib, quiet.clock_us() - started))
collectgarbage "stop"
run(bytes_of_draw, 100) -- the collection has shrunk Lua's stack, which grows again
local bytes_first, bytes_again = run(bytes_of_draw, FRAMES)
put("bytes_first", bytes_first)
put("bytes_again", bytes_again)
io.write "\n"
