-- OBS's clock as plain numbers.  Any thread that holds the script's mutex.
-- LuaJIT makes an object of every 64-bit number that comes back from C, but not within compiled code.  What draws is
-- interpreted (jit.off); each of these is compiled by itself, and so makes no garbage: docs/graphics-thread.md.
-- (The local variables matter: a function that ends in a call is compiled with what calls it, or not at all.  And such
-- functions go straight on, with arguments of one type, and ask no table, which may grow: whatever is not as it was
-- when they were compiled is interpreted from there on.)
local libobs = require "selfieseg.libobs"
local C = libobs.C

local M = {}

function M.now_ns()
  local ns = tonumber(C.os_gettime_ns())
  return ns
end

-- Of the frame that OBS is drawing: how "once a frame" is told.
function M.frame_time_ns()
  local ns = tonumber(C.obs_get_video_frame_time())
  return ns
end

function M.frame_interval_ns()
  local ns = tonumber(C.obs_get_frame_interval_ns())
  return ns
end

return M
