-- Textures of one pixel that stand for "none", shared by all filters.  Graphics thread, except `bury`.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local C = libobs.C

local M = {}
local made = {}

local function zeros(format)
  if not made[format] then
    local rows = ffi.new("const uint8_t *[1]", ffi.new "uint8_t[4]")
    local texture = C.gs_texture_create(1, 1, format, 1, rows, 0)
    assert(texture ~= nil, "no memory for a texture")
    made[format] = texture
  end
  return made[format]
end

-- A matte that says "all background".
function M.no_person() return zeros(libobs.GS_R8) end

-- No class anywhere, no light from anywhere.
function M.nothing() return zeros(libobs.GS_RGBA) end

function M.bury()
  for _, texture in pairs(made) do gpu.bury("gs_texture_destroy", texture) end
  made = {}
end

return M
