-- GPU objects: made while rendering, given up from anywhere, destroyed only with the graphics lock held.
-- Graphics thread, except `bury`.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local M = {}
local graveyard = {} -- { destroy function, object, … } of filters that are gone

M.CLEAR = ffi.new("struct vec4")
M.BLACK = ffi.new("struct vec4", { 0, 0, 0, 1 })

function M.new_target(format)
  local target = { handle = C.gs_texrender_create(format, libobs.GS_ZS_NONE), format = format, width = 0, height = 0 }
  assert(target.handle ~= nil, "no memory for a render target")
  return target
end

local function begin(target, width, height)
  C.gs_texrender_reset(target.handle)
  if not C.gs_texrender_begin(target.handle, width, height) then return false end
  C.gs_clear(libobs.GS_CLEAR_COLOR, M.CLEAR, 0, 0)
  C.gs_ortho(0, width, 0, height, -100, 100)
  return true
end
jit.on(begin)

-- A target whose texture could not be made remembers the size, and does not try that one again: another may.
local function renew(target)
  local fresh = C.gs_texrender_create(target.format, libobs.GS_ZS_NONE)
  if fresh == nil then return end
  M.bury_target(target)
  target.handle = fresh
end

-- What pcall calls cannot be compiled by itself, but what that calls can.
local function call(draw, ...) draw(...) end

-- Draws into `target` (cleared to transparent): calls draw(...) between begin and end, whatever happens.
function M.draw_into(target, width, height, draw, ...)
  if target.width ~= width or target.height ~= height then -- begin destroys the texture, even if it then fails
    target.texture, target.width, target.height = nil, 0, 0
  end
  if not begin(target, width, height) then
    target.texture, target.width, target.height = nil, 0, 0
    renew(target)
    assert(false, "cannot draw into a texture")
  end
  local ok, why = pcall(call, draw, ...)
  C.gs_texrender_end(target.handle)
  if target.width ~= width or target.height ~= height then -- only then has it another texture
    target.texture, target.width, target.height = C.gs_texrender_get_texture(target.handle), width, height
  end
  assert(ok, why)
end

-- One sprite of this size through a technique of a loaded effect: ours all have one pass.
function M.sprite(effect, technique, width, height)
  if not C.gs_effect_loop(effect.handle, technique) then return end
  C.gs_draw_sprite(nil, 0, width, height)
  assert(not C.gs_effect_loop(effect.handle, technique), "a technique of more than one pass")
end
jit.on(M.sprite)

-- Loads an effect file; params are looked up once.
function M.load_effect(path, param_names)
  local why = ffi.new("char *[1]")
  local handle = C.gs_effect_create_from_file(path, why)
  if handle == nil then
    local text = why[0] ~= nil and ffi.string(why[0]) or "unknown reason"
    C.bfree(why[0])
    assert(false, "the effect " .. path .. " does not compile: " .. text)
  end
  local effect = { handle = handle }
  for _, name in ipairs(param_names) do
    effect[name] = C.gs_effect_get_param_by_name(handle, name)
    assert(effect[name] ~= nil, "the effect " .. path .. " has no " .. name)
  end
  return effect
end

-- Gives up objects without touching the GPU: callbacks that hold the script's mutex must not enter graphics.
function M.bury(destroy, object)
  graveyard[#graveyard + 1] = destroy
  graveyard[#graveyard + 1] = object
end

function M.bury_target(target)
  if target then M.bury("gs_texrender_destroy", target.handle) end
end

-- Destroys what was buried.  The graphics lock must be held.
function M.empty_graveyard()
  for i = #graveyard, 2, -2 do
    C[graveyard[i - 1]](graveyard[i])
    graveyard[i], graveyard[i - 1] = nil, nil
  end
end

return M
