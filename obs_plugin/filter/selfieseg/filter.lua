-- One filter on one source: what it draws, once per frame, however often the source is shown.
-- `new`, `update` and `bury` hold the script's mutex alone and touch no GPU object; `render` is called on
-- the graphics thread with the graphics lock held.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local policy = require "selfieseg.policy"
local Capture = require "selfieseg.capture"
local MatteTexture = require "selfieseg.matte_texture"
local Blur = require "selfieseg.blur"
local Ring = require "selfieseg.ring"
local count_duration = require "selfieseg.histogram"
local C = libobs.C

local Filter = {}
Filter.__index = Filter

local STRONGEST_BLUR = 100
local NAME_EVERY_FRAMES = 64
local color = ffi.new("struct vec4", { 0, 0, 0, 1 })

-- `source` is the filter's obs_source_t *, `entry` its part of the bridge,
-- `shared` = { bridge, constants, effects, ring_bell }.
function Filter.new(source, entry, shared)
  return setmetatable({
    source = source, entry = entry, shared = shared, k = shared.constants,
    capture = Capture.new(), matte = MatteTexture.new(), blur = Blur.new(),
    ring = nil, ring_generation = 0, frame_time = nil, callback_ns = nil, shows = "nothing",
  }, Filter)
end

local function put_text(field, size, text)
  ffi.fill(field, size)
  ffi.copy(field, text, math.min(#text, size - 1))
end

-- `settings` is a table of settings.lua.
function Filter:update(settings)
  self.settings = settings
  local entry = self.entry
  entry.settings_version = entry.settings_version + 1
  put_text(entry.model, ffi.sizeof(entry.model), settings.model)
  put_text(entry.device, ffi.sizeof(entry.device), settings.device)
  entry.settings_version = entry.settings_version + 1
end

-- Follows the ring that Python has published, or its absence.
local function follow_ring(self)
  local generation = self.entry.ring_generation
  if generation == self.ring_generation then return end
  self.ring_generation, self.ring = generation, nil -- the old one may be unmapped from here on
  local address = tonumber(self.entry.ring_address)
  self.work_width, self.work_height = self.entry.work_width, self.entry.work_height
  if address ~= 0 then self.ring = Ring.attach(address, self.k) end
end

local function tell_source_name(self, parent)
  if tonumber(self.entry.frames) % NAME_EVERY_FRAMES == 0 then
    local name = C.obs_source_get_name(parent)
    if name ~= nil then put_text(self.entry.source_name, ffi.sizeof(self.entry.source_name), ffi.string(name)) end
  end
end

local function exchange_with_engine(self, effects, now_ns)
  local entry, bridge = self.entry, self.shared.bridge
  local taken = self.matte:take_from(self.ring)
  if taken == "drawn" then entry.mattes = entry.mattes + 1 elseif taken == "torn" then entry.torn = entry.torn + 1 end
  local sent = self.capture:exchange(effects.work_frame, self.ring, self.work_width, self.work_height, now_ns)
  if sent == "sent" then
    entry.captured = entry.captured + 1
    self.shared.ring_bell(bridge.data.bell)
  elseif sent == "dropped" then
    entry.dropped = entry.dropped + 1
  end
end

-- Draws the composite of the full frame with `matte` into whatever is being drawn to.
local function compose(self, technique, matte)
  local effect, capture = self.shared.effects:get().compose, self.capture
  C.gs_effect_set_texture(effect.image, capture.full.texture)
  C.gs_effect_set_texture(effect.matte, matte)
  if technique == "Blur" then C.gs_effect_set_texture(effect.blurred, self.blurred) end
  if technique == "Color" then
    local settings = self.settings
    color.x, color.y, color.z = settings.red, settings.green, settings.blue
    C.gs_effect_set_vec4(effect.color, color)
  end
  gpu.sprite(effect, technique, capture.width, capture.height)
end

local TECHNIQUES = { blur = "Blur", color = "Color", transparent = "Transparent", none = "None" }

-- The GPU work of a new frame that all its draws share.
local function prepare(self, effects)
  local capture, settings = self.capture, self.settings
  self.technique = TECHNIQUES[settings.background] -- settings may change before this frame is drawn again
  if self.shows == "blur" then
    self.blurred = self.blur:draw(effects.blur, capture.full.texture, MatteTexture.black(),
                                  capture.width, capture.height, STRONGEST_BLUR)
  elseif self.shows == "result" then
    if settings.background == "blur" then
      self.blurred = self.blur:draw(effects.blur, capture.full.texture, self.matte.texture,
                                    capture.width, capture.height, settings.blur_strength)
    end
    if settings.without_matte == "hold" then
      self.held = self.held or gpu.new_target(libobs.GS_RGBA)
      gpu.draw_into(self.held, capture.width, capture.height, compose, self, TECHNIQUES[settings.background],
                    self.matte.texture)
      self.shows = "held"
    end
  end
end

local function new_frame(self, target, width, height)
  local entry = self.entry
  local parent = C.obs_filter_get_parent(self.source)
  if self.callback_ns then count_duration(entry.callback_histogram, self.callback_ns) end
  self.callback_ns = 0
  tell_source_name(self, parent)
  follow_ring(self)

  local before = tonumber(C.os_gettime_ns())
  self.capture:draw_full(target, parent, width, height)
  local now_ns = tonumber(C.os_gettime_ns())
  self.callback_ns = before - now_ns -- the target's own rendering is not ours

  local effects = self.shared.effects:get()
  if self.ring and self.work_width > 0 then exchange_with_engine(self, effects, now_ns) end

  local fresh = self.matte.texture ~= nil and policy.is_fresh(self.matte.t_ns, now_ns)
  local held = self.held
  local has_held = held ~= nil and held.texture ~= nil and held.width == width and held.height == height
  self.shows = policy.decide(fresh, self.settings, has_held)
  prepare(self, effects)

  entry.frames = entry.frames + 1
  entry.last_render_ns = now_ns
  if fresh then
    entry.drawing = self.k.SS_DRAWN_RESULT
    count_duration(entry.matte_age_histogram, now_ns - self.matte.t_ns)
  else
    entry.drawing = self.shows == "nothing" and self.k.SS_DRAWN_NOTHING or self.k.SS_DRAWN_POLICY
    entry.without_matte_frames = entry.without_matte_frames + 1
  end
end

local function draw_held(self)
  local effect = self.shared.effects:get().compose
  C.gs_effect_set_texture(effect.image, self.held.texture)
  gpu.sprite(effect, "None", self.held.width, self.held.height)
end

local function draw(self)
  local shows = self.shows
  if shows == "nothing" then return end
  C.gs_blend_function(libobs.GS_BLEND_ONE, libobs.GS_BLEND_INVSRCALPHA) -- our textures are premultiplied
  if shows == "result" then
    compose(self, self.technique, self.matte.texture)
  elseif shows == "held" then
    draw_held(self)
  elseif shows == "frame" then
    compose(self, "None", MatteTexture.black())
  elseif shows == "blur" then
    compose(self, "Blur", MatteTexture.black())
  elseif shows == "matte" then
    compose(self, "Matte", self.matte.texture)
  elseif shows == "black" then
    compose(self, "Matte", MatteTexture.black())
  end
end

local function size_of(target)
  return C.obs_source_get_base_width(target), C.obs_source_get_base_height(target)
end
jit.off(size_of) -- the target may be a filter of ours: see draw_target in capture.lua

-- Draws the filter.  A target without a size has nothing to draw: so nothing is drawn.
function Filter:render()
  local target = C.obs_filter_get_target(self.source)
  if target == nil then return end
  local width, height = size_of(target)
  if width == 0 or height == 0 then return end
  gpu.empty_graveyard()

  local frame_time = tonumber(C.obs_get_video_frame_time())
  local started = tonumber(C.os_gettime_ns())
  if frame_time ~= self.frame_time then
    self.frame_time = nil -- an error on the way must not leave a half-made frame to be drawn again
    new_frame(self, target, width, height)
    self.frame_time = frame_time
  end
  draw(self)
  self.callback_ns = self.callback_ns + tonumber(C.os_gettime_ns()) - started
end

-- Gives up the GPU objects; they are destroyed by the next render of any filter, or at unload.
function Filter:bury()
  self.capture:bury()
  self.matte:bury()
  self.blur:bury()
  gpu.bury_target(self.held)
  self.held = nil
end

return Filter
