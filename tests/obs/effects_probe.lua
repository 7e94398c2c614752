-- Draws given frames, masks and class planes with the filter's own passes on OBS's GPU, without camera or engine,
-- so that a test can compare the pixels with the engine's.  The script's settings name the folders and a jobs file:
-- a Lua file that returns a list of { frame, mask, planes, layer = { path, width, height }, look, out, repeats }.
-- Pixels are raw files: RGBA, one byte a pixel for masks.  Each job's result goes to `out`, the time it took to
-- `out`.ms; when all are done, or one fails, `jobs`.done holds "ok" or the reason.
local obs = obslua
local ffi = require "ffi"

local jobs_path, plugin

local function read_file(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

local function write_file(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

local function texture_of(C, picture, format)
  if not picture then return nil end
  local bytes = read_file(picture.path)
  local rows = ffi.new("const uint8_t *[1]", ffi.cast("const uint8_t *", bytes))
  return C.gs_texture_create(picture.width, picture.height, format, 1, rows, 0)
end

local function read_back(C, libobs, target, width, height)
  local stage = C.gs_stagesurface_create(width, height, libobs.GS_RGBA)
  local rows, linesize = ffi.new "uint8_t *[1]", ffi.new "uint32_t[1]"
  C.gs_stage_texture(stage, target.texture)
  assert(C.gs_stagesurface_map(stage, rows, linesize), "cannot read the result back")
  local lines = {}
  for y = 0, height - 1 do lines[y + 1] = ffi.string(rows[0] + y * linesize[0], width * 4) end
  C.gs_stagesurface_unmap(stage)
  C.gs_stagesurface_destroy(stage)
  return table.concat(lines)
end

local function run_all()
  package.path = plugin .. "/filter/?.lua;" .. package.path
  local libobs = require "selfieseg.libobs"
  local gpu = require "selfieseg.gpu"
  local Composer = require "selfieseg.composer"
  local plain_textures = require "selfieseg.plain_textures"
  local effects = require("selfieseg.effects").new(plugin .. "/effects/"):get()
  local C = libobs.C

  local function draw(composer, look)
    if look.view == "matte" or look.view == "classes" then
      composer:draw_view(effects, look.view == "matte" and "Matte" or "Classes")
    else
      composer:draw(effects)
    end
  end

  for _, job in ipairs(dofile(jobs_path)) do
    local width, height = job.frame.width, job.frame.height
    local frame = texture_of(C, job.frame, libobs.GS_RGBA)
    local mask = { texture = texture_of(C, job.mask, libobs.GS_R8), width = job.mask.width, height = job.mask.height }
    local planes, layer = texture_of(C, job.planes, libobs.GS_RGBA), texture_of(C, job.layer, libobs.GS_RGBA)
    local composer, target = Composer.new(), gpu.new_target(libobs.GS_RGBA)
    C.gs_blend_state_push()
    C.gs_blend_function(libobs.GS_BLEND_ONE, libobs.GS_BLEND_ZERO)
    local srgb = C.gs_framebuffer_srgb_enabled()
    C.gs_enable_framebuffer_srgb(false)
    local started = tonumber(C.os_gettime_ns())
    for _ = 1, job.repeats or 1 do
      composer:prepare(effects, frame, mask, planes, layer, plain_textures.nothing(), job.look, width, height)
      gpu.draw_into(target, width, height, draw, composer, job.look)
    end
    local pixels = read_back(C, libobs, target, width, height)
    local ms = (tonumber(C.os_gettime_ns()) - started) / 1e6 / (job.repeats or 1)
    C.gs_enable_framebuffer_srgb(srgb)
    C.gs_blend_state_pop()
    write_file(job.out, pixels)
    write_file(job.out .. ".ms", tostring(ms))
    composer:bury()
    gpu.bury_target(target)
    gpu.empty_graveyard()
    for _, texture in pairs { frame, mask.texture, planes or false, layer or false } do
      if texture then C.gs_texture_destroy(texture) end
    end
  end
end

local function step()
  local file = io.open(jobs_path, "r")
  if not file then return end
  file:close()
  obs.obs_enter_graphics()
  local ok, why = pcall(run_all)
  obs.obs_leave_graphics()
  os.remove(jobs_path)
  write_file(jobs_path .. ".done", ok and "ok" or tostring(why))
end

function script_load(settings)
  jobs_path, plugin = obs.obs_data_get_string(settings, "jobs"), obs.obs_data_get_string(settings, "plugin")
  obs.timer_add(step, 50)
end
