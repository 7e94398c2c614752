-- Runs one case of steady.lua over the OBS that does nothing (obs.c), and prints what the Lua half takes by itself, as
-- key=value pairs: luajit [-joff] measure.lua FOLDER_OF_TESTS LIBRARY CASE FRAMES
-- "first" is a frame's first draw, "again" its second.  With "--list" for a case it prints their names.
local HERE, LIBRARY, CASE, FRAMES = arg[1], arg[2], arg[3], tonumber(arg[4])
package.path = HERE .. "/?.lua;" .. HERE .. "/../../obs_plugin/filter/?.lua;" .. package.path
require "testing".repository = HERE .. "/../.."

local ffi = require "ffi"
local World = require "fake.world"
local python = require "fake.python_half"
local steady = require "steady"
if CASE == "--list" then
  for _, each in ipairs(steady) do print(each.name) end
  return
end


local WARM_UP = 3000 -- LuaJIT compiles what runs often
local WORK = { width = 512, height = 288 }

ffi.cdef [[
void next_frame(void);
double clock_us(void);
int make_bell(void);
int take_bells(void);
]]
local quiet = ffi.load(LIBRARY)

local case
for _, each in ipairs(steady) do
  if each.name == CASE then case = each end
end
assert(case, "no such case: " .. CASE)

local world = World.new_obs()
require "selfieseg.libobs".C = quiet
world.hooks = World.load_script(world, nil, dofile(HERE .. "/../../obs_plugin/filter/selfieseg/bell.lua"))
local filter = World.add_filter(world, case.settings)
local ring = python.new_ring(4, WORK.width * WORK.height * 4, case.planes and 64 * 64 * 4 or nil)
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
-- As when OBS calls: every draw begins outside of compiled code.
jit.off(bytes_of_draw)
jit.off(us_of_draw)

local function run(measure, frames)
  local first, again = {}, {}
  for i = 1, frames do first[i], again[i] = 0, 0 end
  for i = 1, frames do
    wait_for_next_frame()
    first[i], again[i] = measure(), measure()
  end
  return first, again
end

local function put(what, values)
  local sum = 0
  for _, value in ipairs(values) do sum = sum + value end
  table.sort(values)
  local function at(share) return values[math.ceil(#values * share)] end
  io.write(("%s_p50=%.1f %s_p99=%.1f %s_mean=%.2f "):format(what, at(0.5), what, at(0.99), what, sum / #values))
end

run(us_of_draw, WARM_UP)
assert(not data.broken, world.log[1])
local has_matte = filter.entry.drawing == World.constants.SS_DRAWN_RESULT
assert(has_matte == not case.unanswered, "the case is not what it is to be")

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
