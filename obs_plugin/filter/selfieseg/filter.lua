-- One filter on one source: what it draws, once per frame, however often the source is shown.
-- `new`, `update` and `bury` hold the script's mutex alone and touch no GPU object; `render` is called on
-- the graphics thread with the graphics lock held.
local libobs = require "selfieseg.libobs"
local clock = require "selfieseg.clock"
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
local Figures = require "selfieseg.figures"
local put_text = require "selfieseg.put_text"
local C = libobs.C
jit.off(true, true) -- as all that draws: docs/graphics-thread.md

local Filter = {}
Filter.__index = Filter

-- `source` is the filter's obs_source_t *, `entry` its part of the bridge,
-- `shared` = { bridge, constants, effects, ring_bell }.
function Filter.new(source, entry, shared)
  return setmetatable({
    source = source, entry = entry, shared = shared, k = shared.constants,
    figures = Figures.new(entry), capture = Capture.new(), frames = NewestFrame.new(shared.constants),
    classes = ClassTexture.new(), layer = BackgroundLayer.new(), composer = Composer.new(),
    target = libobs.NO_SOURCE, parent = libobs.NO_SOURCE, ring = nil, ring_generation = 0, frame_time = nil,
    callback_ns = nil, shows = "nothing", is_prompt = false,
  }, Filter)
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
  put_text(entry.model, settings.model)
  put_text(entry.device, settings.device)
  put_text(entry.look, look)
  entry.settings_version = entry.settings_version + 1
end

-- Follows the choice of which matte a frame is drawn with.  Until the first mattes have come anew there is none.
local function follow_alignment(self)
  local k, alignment = self.k, self.settings.alignment
  local kind = alignment == "exact" and k.SS_ALIGNMENT_EXACT or k.SS_ALIGNMENT_LOW_LATENCY
  if kind ~= self.frames.kind then
    self.frames:bury()
    self.frames = (alignment == "exact" and HeldFrames or NewestFrame).new(k)
    self.figures:forget_ages()
  end
  self.entry.alignment = kind
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

local function exchange_with_engine(self, effects, now_ns)
  local figures, shared = self.figures, self.shared
  local drawn, torn = self.frames:take_from(self.ring, self.capture.seq, now_ns)
  figures:add("mattes", drawn)
  figures:add("torn", torn)
  self.classes:take_from(self.ring)
  local is_low_latency = self.frames.kind == self.k.SS_ALIGNMENT_LOW_LATENCY -- the other needs a steady delay
  local sent = self.capture:exchange(effects.work_frame, self.ring, self.work_width, self.work_height, now_ns,
                                     is_low_latency)
  local is_prompt = self.capture.readback.is_settled
  if is_prompt ~= self.is_prompt then
    self.is_prompt = is_prompt
    figures:forget_ages()
  end
  if sent == "sent" then
    figures:add("captured", 1)
    shared.ring_bell(shared.bridge.data)
  elseif sent == "dropped" then
    figures:add("dropped", 1)
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

-- Whether this still is what libobs has: fetched anew only where not, as interpreted code makes an object of every
-- pointer that comes back.  Compiled: see clock.lua.
local function is_target(filter, target) return C.obs_filter_get_target(filter) == target end
local function is_parent(filter, parent) return C.obs_filter_get_parent(filter) == parent end
jit.on(is_target)
jit.on(is_parent)

-- The GPU work of a new frame that all its draws share.
local function prepare(self, effects)
  local capture, look = self.capture, self.settings
  self.shows = self.decided
  local frame, width, height = self.picture, capture.width, capture.height
  if self.shows == "blur" then
    self.composer:prepare_hidden(effects, frame, plain_textures.no_person(), width, height)
  elseif self.shows == "result" or self.shows == "split" or self.shows == "matte" or self.shows == "classes" then
    self.is_composed_here = self.result:mask() ~= nil
    if self.is_composed_here then
      local layer = self.layer:prepare(self.entry, look, self.parent, width, height)
      local planes = self.classes:fresh(self.now_ns)
      self.composer:prepare(effects, frame, self.result, planes, layer, plain_textures.nothing(), look, width, height)
    elseif self.shows ~= "split" then
      self.shows = "result" -- the engine has drawn what the user wants to see
    end
    local holds = look.without_matte == "hold" and self.shows == "result"
    if holds or self.shows == "split" then draw_finished(self, effects) end
    if holds then self.shows = "held" end
  end
end

local function new_frame(self, width, height)
  local entry, figures = self.entry, self.figures
  if self.callback_ns then figures:add_callback(self.callback_ns) end
  self.callback_ns = 0
  if not is_parent(self.source, self.parent) then self.parent = C.obs_filter_get_parent(self.source) end
  figures:tell_who_and_what(self.parent, self.source, width, height)
  follow_ring(self)
  follow_alignment(self)

  local before = clock.now_ns()
  self.capture:draw_full(self.target, self.parent, width, height, self.frames:next_target(width, height))
  local now_ns = clock.now_ns()
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

  figures:tell_delay(self.frames:delay())
  figures:add("frames", 1)
  entry.last_render_ns = now_ns
  if fresh then
    entry.drawing = self.k.SS_DRAWN_RESULT
    figures:add_matte(now_ns - self.result.t_ns, lag)
    if is_repeated then figures:add("repeated_frames", 1) end
  else
    entry.drawing = self.shows == "nothing" and self.k.SS_DRAWN_NOTHING or self.k.SS_DRAWN_POLICY
    figures:add("without_matte_frames", 1)
  end
end

local function draw_split(self, effects)
  local effect = effects.views
  C.gs_effect_set_texture(effect.image, self.finished.texture)
  C.gs_effect_set_texture(effect.original, self.picture)
  gpu.sprite(effect, "Split", self.capture.width, self.capture.height)
end

-- Our passes replace what they draw on.
local function let_passes_replace() C.gs_blend_function(libobs.GS_BLEND_ONE, libobs.GS_BLEND_ZERO) end

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

-- Draws the filter.  A target without a size has nothing to draw: so nothing is drawn.
function Filter:render()
  if not is_target(self.source, self.target) then self.target = C.obs_filter_get_target(self.source) end
  if self.target == nil then return end
  local width, height = C.obs_source_get_base_width(self.target), C.obs_source_get_base_height(self.target)
  if width == 0 or height == 0 then return end
  gpu.empty_graveyard()

  local frame_time, started = clock.frame_time_ns(), clock.now_ns()
  if frame_time ~= self.frame_time then
    self.frame_time = nil -- an error on the way must not leave a half-made frame to be drawn again
    let_passes_replace()
    new_frame(self, width, height)
    self.frame_time = frame_time
  elseif self.layer:is_due() then
    let_passes_replace()
    prepare(self, self.shared.effects:get())
  end
  draw(self)
  self.callback_ns = self.callback_ns + clock.now_ns() - started
end

-- Gives up the GPU objects; they are destroyed by the next render of any filter, or at unload.
function Filter:bury()
  for _, owner in ipairs { self.capture, self.frames, self.classes, self.layer, self.composer } do owner:bury() end
  gpu.bury_target(self.finished)
  self.finished, self.has_finished = nil, false
end

return Filter
