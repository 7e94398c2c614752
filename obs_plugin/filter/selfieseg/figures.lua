-- What a filter tells of its frames, in its entry of the bridge.  Graphics thread, inside video_render.
-- The counts are kept as plain numbers, too, and the histograms as references made once: reading a 64-bit field or
-- an array out of the entry makes garbage.
local ffi = require "ffi"
local libobs = require "selfieseg.libobs"
local clock = require "selfieseg.clock"
local put_text = require "selfieseg.put_text"
local count_duration = require "selfieseg.histogram"
local C = libobs.C

local Figures = {}
Figures.__index = Figures

local NAMES_EVERY_FRAMES = 64
local LAST_LAG = 15

-- `entry` as Bridge:claim gives it: all counts are 0.
function Figures.new(entry)
  return setmetatable({
    entry = entry,
    counts = { frames = 0, without_matte_frames = 0, captured = 0, dropped = 0, mattes = 0, torn = 0,
               repeated_frames = 0 },
    callback_histogram = entry.callback_histogram, matte_age_histogram = entry.matte_age_histogram,
    matte_lag_histogram = entry.matte_lag_histogram,
  }, Figures)
end

-- Adds to the entry's count of this name; nothing else writes it.
function Figures:add(name, more)
  local counts = self.counts
  counts[name] = counts[name] + more
  self.entry[name] = counts[name]
end

function Figures:add_callback(ns) count_duration(self.callback_histogram, ns) end

-- A frame was drawn with the matte of a picture that is `ns` and so many frames older.
function Figures:add_matte(ns, frames)
  count_duration(self.matte_age_histogram, ns)
  frames = math.min(frames, LAST_LAG)
  self.matte_lag_histogram[frames] = self.matte_lag_histogram[frames] + 1
end

-- From here on mattes are of another age.
function Figures:forget_ages()
  ffi.fill(self.matte_lag_histogram, ffi.sizeof(self.matte_lag_histogram))
  ffi.fill(self.matte_age_histogram, ffi.sizeof(self.matte_age_histogram))
end

-- In whole frames, so that the figure stands still.
function Figures:tell_delay(frames)
  local entry = self.entry
  entry.delay_frames, entry.delay_ns = frames, frames > 0 and frames * clock.frame_interval_ns() or 0
end

local function tell_name(self, field, source)
  local name = C.obs_source_get_name(source)
  if name == nil then return end
  local text = ffi.string(name)
  if text == self[field] then return end
  self[field] = text
  put_text(self.entry[field], text)
end

function Figures:tell_who_and_what(parent, filter, width, height)
  if self.counts.frames % NAMES_EVERY_FRAMES == 0 then
    tell_name(self, "source_name", parent)
    tell_name(self, "filter_name", filter)
  end
  self.entry.frame_width, self.entry.frame_height = width, height
end

return Figures
