-- One filter on one source: what it draws, once per frame, however often the source is shown.
-- `new`, `update` and `bury` hold the script's mutex alone and touch no GPU object; `render` is called on
-- the graphics thread with the graphics lock held.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local policy = require "selfieseg.policy"
local Capture = require "selfieseg.capture"
local NewestFrame = require "selfieseg.newest_frame"
local HeldFrames = require "selfieseg.held_frames"
local ClassTexture = require "selfieseg.class_texture"
local BackgroundLayer = require "selfieseg.background_layer"
local Composer = require "selfieseg.composer"
local plain_textures = require "selfieseg.plain_textures"
local Ring = require "selfieseg.ring"
local count_duration = require "selfieseg.histogram"
local C = libobs.C

local Filter = {}
Filter.__index = Filter

local NAMES_EVERY_FRAMES = 64

-- `source` is the filter's obs_source_t *, `entry` its part of the bridge,
-- `shared` = { bridge, constants, effects, ring_bell }.
function Filter.new(source, entry, shared)
  return setmetatable({
    source = source, entry = entry, shared = shared, k = shared.constants,
    capture = Capture.new(), frames = NewestFrame.new(shared.constants), classes = ClassTexture.new(),
    layer = BackgroundLayer.new(), composer = Composer.new(),
    ring = nil, ring_generation = 0, frame_time = nil, callback_ns = nil, shows = "nothing",
    is_prompt = false,
  }, Filter)
end

local function put_text(field, size, text)
  ffi.fill(field, size)
  ffi.copy(field, text, math.min(#text, size - 1))
end

-- What pictures show, of a look's text: which of them is shown when is another matter.
local function without_alignment(look)
  return (("\n" .. look):gsub("\nalignment=[^\n]*", ""))
end

-- `settings` is a table of settings.lua, `look` the same as text for the engine.
function Filter:update(settings, look)
  self.settings = settings
  self.background = self.k["SS_BACKGROUND_" .. settings.background:upper()]
  local pictures_look = without_alignment(look)
  if pictures_look ~= self.pictures_look then self.has_finished = false end -- it may show what is now to be hidden
  self.pictures_look = pictures_look
  local entry = self.entry
  entry.settings_version = entry.settings_version + 1
  put_text(entry.model, ffi.sizeof(entry.model), settings.model)
  put_text(entry.device, ffi.sizeof(entry.device), settings.device)
  put_text(entry.look, ffi.sizeof(entry.look), look)
  entry.settings_version = entry.settings_version + 1
end

-- Follows the choice of which matte a frame is drawn with.  Until the first mattes have come anew there is none.
local function follow_alignment(self)
  local entry, k, alignment = self.entry, self.k, self.settings.alignment
  local kind = alignment == "exact" and k.SS_ALIGNMENT_EXACT or k.SS_ALIGNMENT_LOW_LATENCY
  if kind ~= self.frames.kind then
    self.frames:bury()
    self.frames = (alignment == "exact" and HeldFrames or NewestFrame).new(k)
    ffi.fill(entry.matte_lag_histogram, ffi.sizeof(entry.matte_lag_histogram))
  end
  entry.alignment = kind
end

-- Follows the ring that Python has published, or its absence.
local function follow_ring(self)
  local generation = self.entry.ring_generation
  if generation == self.ring_generation then return end
  self.ring_generation, self.ring = generation, nil -- the old one may be unmapped from here on
  local address = tonumber(self.entry.ring_address)
  self.work_width, self.work_height = self.entry.work_width, self.entry.work_height
  if address ~= 0 then self.ring = Ring.attach(address, self.k) end
  self.classes:forget()
end

local function put_name(field, source)
  local name = C.obs_source_get_name(source)
  if name ~= nil then put_text(field, ffi.sizeof(field), ffi.string(name)) end
end

local function tell_who_and_what(self, parent, width, height)
  local entry = self.entry
  if tonumber(entry.frames) % NAMES_EVERY_FRAMES == 0 then
    put_name(entry.source_name, parent)
    put_name(entry.filter_name, self.source)
  end
  entry.frame_width, entry.frame_height = width, height
end

-- How old mattes are is counted anew: it is another age from here on.
local function forget_ages(entry)
  ffi.fill(entry.matte_lag_histogram, ffi.sizeof(entry.matte_lag_histogram))
  ffi.fill(entry.matte_age_histogram, ffi.sizeof(entry.matte_age_histogram))
end

local function exchange_with_engine(self, effects, now_ns)
  local entry, bridge = self.entry, self.shared.bridge
  local drawn, torn = self.frames:take_from(self.ring, self.capture.seq, now_ns)
  entry.mattes, entry.torn = entry.mattes + drawn, entry.torn + torn
  self.classes:take_from(self.ring)
  local is_low_latency = self.frames.kind == self.k.SS_ALIGNMENT_LOW_LATENCY -- the other needs a steady delay
  local sent = self.capture:exchange(effects.work_frame, self.ring, self.work_width, self.work_height, now_ns,
                                     is_low_latency)
  local is_prompt = self.capture.readback.is_settled
  if is_prompt ~= self.is_prompt then
    self.is_prompt = is_prompt
    forget_ages(entry)
  end
  if sent == "sent" then
    entry.captured = entry.captured + 1
    self.shared.ring_bell(bridge.data.bell)
  elseif sent == "dropped" then
    entry.dropped = entry.dropped + 1
  end
end

-- The finished picture of the frame in a texture of its own: to be held, or to be shown beside the frame.
local function draw_finished(self, effects)
  self.finished = self.finished or gpu.new_target(libobs.GS_RGBA)
  self.has_finished = false
  gpu.draw_into(self.finished, self.capture.width, self.capture.height, self.draw_result, self, effects)
  self.has_finished = true
end

local function draw_texture(self, effects, texture)
  C.gs_effect_set_texture(effects.compose.image, texture)
  gpu.sprite(effects.compose, "None", self.capture.width, self.capture.height)
end

-- The result, made here or by the engine.
function Filter:draw_result(effects)
  if self.is_composed_here then
    self.composer:draw(effects)
  else
    draw_texture(self, effects, self.result:picture())
  end
end

-- The GPU work of a new frame that all its draws share.
local function prepare(self, effects)
  local capture, look, parent = self.capture, self.settings, C.obs_filter_get_parent(self.source)
  self.shows = self.decided
  local frame, width, height = self.picture, capture.width, capture.height
  if self.shows == "blur" then
    self.composer:prepare_hidden(effects, frame, plain_textures.no_person(), width, height)
  elseif self.shows == "result" or self.shows == "split" or self.shows == "matte" or self.shows == "classes" then
    local mask = self.result:mask()
    self.is_composed_here = mask ~= nil
    if mask then
      local layer = self.layer:prepare(self.entry, look, parent, width, height)
      self.composer:prepare(effects, frame, mask, self.classes:fresh(self.now_ns), layer, plain_textures.nothing(),
                            look, width, height)
    elseif self.shows ~= "split" then
      self.shows = "result" -- the engine has drawn what the user wants to see
    end
    local holds = look.without_matte == "hold" and self.shows == "result"
    if holds or self.shows == "split" then draw_finished(self, effects) end
    if holds then self.shows = "held" end
  end
end

-- In whole frames, so that the figure stands still.
local function tell_delay(self)
  local entry, delay = self.entry, self.frames:delay()
  entry.delay_frames, entry.delay_ns = delay, delay * tonumber(C.obs_get_frame_interval_ns())
end

local LAST_LAG = 15

local function count_lag(counts, frames)
  frames = math.min(frames, LAST_LAG)
  counts[frames] = counts[frames] + 1
end

local function new_frame(self, target, width, height)
  local entry = self.entry
  local parent = C.obs_filter_get_parent(self.source)
  if self.callback_ns then count_duration(entry.callback_histogram, self.callback_ns) end
  self.callback_ns = 0
  tell_who_and_what(self, parent, width, height)
  follow_ring(self)
  follow_alignment(self)

  local before = tonumber(C.os_gettime_ns())
  self.capture:draw_full(target, parent, width, height, self.frames:next_target(width, height))
  local now_ns = tonumber(C.os_gettime_ns())
  self.now_ns = now_ns
  self.frames:keep(self.capture.seq, now_ns)
  self.callback_ns = before - now_ns -- the target's own rendering is not ours

  local effects = self.shared.effects:get()
  if self.ring and self.work_width > 0 then exchange_with_engine(self, effects, now_ns) end

  local hidden = self.shared.bridge:is_hidden(entry)
  entry.hidden = hidden and 1 or 0
  local lag, is_repeated
  self.picture, self.result, lag, is_repeated = self.frames:choose(self.capture.seq, now_ns, self.background,
                                                                   self.settings.invert)
  local fresh, held = self.result ~= nil, self.finished
  local has_held = self.has_finished and held.width == width and held.height == height
  self.decided = policy.decide(fresh, self.settings, has_held, hidden)
  prepare(self, effects)

  tell_delay(self)
  entry.frames = entry.frames + 1
  entry.last_render_ns = now_ns
  if fresh then
    entry.drawing = self.k.SS_DRAWN_RESULT
    count_duration(entry.matte_age_histogram, now_ns - self.result.t_ns)
    count_lag(entry.matte_lag_histogram, lag)
    if is_repeated then entry.repeated_frames = entry.repeated_frames + 1 end
  else
    entry.drawing = self.shows == "nothing" and self.k.SS_DRAWN_NOTHING or self.k.SS_DRAWN_POLICY
    entry.without_matte_frames = entry.without_matte_frames + 1
  end
end

local function draw_split(self, effects)
  local effect = effects.views
  C.gs_effect_set_texture(effect.image, self.finished.texture)
  C.gs_effect_set_texture(effect.original, self.picture)
  gpu.sprite(effect, "Split", self.capture.width, self.capture.height)
end

-- Draws the frame that new_frame has prepared, onto whatever OBS is drawing; colours are premultiplied.
local function draw(self)
  C.gs_blend_function(libobs.GS_BLEND_ONE, libobs.GS_BLEND_INVSRCALPHA)
  local shows, effects = self.shows, self.shared.effects:get()
  if shows == "result" then
    self:draw_result(effects)
  elseif shows == "held" then
    draw_texture(self, effects, self.finished.texture)
  elseif shows == "split" then
    draw_split(self, effects)
  elseif shows == "frame" then
    draw_texture(self, effects, self.picture)
  elseif shows == "blur" then
    self.composer:draw_hidden(effects)
  elseif shows == "matte" then
    self.composer:draw_view(effects, "Matte")
  elseif shows == "classes" then
    self.composer:draw_view(effects, "Classes")
  elseif shows == "black" then
    C.gs_effect_set_texture(effects.views.matte, plain_textures.no_person())
    gpu.sprite(effects.views, "Matte", self.capture.width, self.capture.height)
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
  elseif self.layer:is_due() then
    prepare(self, self.shared.effects:get())
  end
  draw(self)
  self.callback_ns = self.callback_ns + tonumber(C.os_gettime_ns()) - started
end

-- Gives up the GPU objects; they are destroyed by the next render of any filter, or at unload.
function Filter:bury()
  for _, owner in ipairs { self.capture, self.frames, self.classes, self.layer, self.composer } do owner:bury() end
  gpu.bury_target(self.finished)
  self.finished, self.has_finished = nil, false
end

return Filter
