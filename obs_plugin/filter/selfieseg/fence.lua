-- Keeps errors of ours inside: counted, told once, never thrown at OBS.
-- (OBS replaces Lua's `error` by a function that only logs; code of ours that must not go on uses `assert`.)
local libobs = require "selfieseg.libobs"
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local M = {}
local told = {}

-- A warning in OBS's log, once however often it is told.
function M.tell_once(text)
  if told[text] then return end
  told[text] = true
  libobs.log(libobs.LOG_WARNING, text)
end

-- Runs fn(...) for the filter instance `f` (see filter_type.lua).
function M.run(f, fn, ...)
  local ok, why = pcall(fn, ...)
  f.broken = not ok
  if ok then return end
  if f.entry then
    f.entry.lua_errors = f.entry.lua_errors + 1
    f.entry.drawing = 0 -- SS_DRAWN_NOTHING
  end
  M.tell_once(tostring(why))
end

return M
