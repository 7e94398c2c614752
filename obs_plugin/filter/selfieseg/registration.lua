-- Registers the filter's type with OBS, and takes it down.  UI thread; `try` also on the graphics thread.
local obs = obslua
local libobs = require "selfieseg.libobs"
local gpu = require "selfieseg.gpu"
local plain_textures = require "selfieseg.plain_textures"
local BackgroundLayer = require "selfieseg.background_layer"
local Bridge = require "selfieseg.bridge"
local Effects = require "selfieseg.effects"
local make_filter_type = require "selfieseg.filter_type"
local ring_bell = require "selfieseg.bell"
local C = libobs.C

local TRY_AGAIN_MS = 1000

-- `folder` is where the entry script lies.  Returns what the script's hooks call.
return function(folder)
  local shared = {
    constants = require "selfieseg.structs"(folder .. "../../engine/selfieseg_wire/structs.h"),
    say = require "selfieseg.strings"(folder .. "../locale", obs.obs_get_locale()),
    effects = Effects.new(folder .. "../effects/"),
    ring_bell = ring_bell,
  }
  local M = {}

  local info = make_filter_type(shared, function()
    shared.bridge = Bridge.new(shared.constants) -- before OBS creates the instances that were there already
  end)

  -- OBS takes one script's type of an id, and says nothing to the others.
  local function try()
    obs.obs_register_source(info)
    if shared.bridge then obs.timer_remove(try) end
  end

  function M.load()
    try()
    -- Another script of ours has it.  If that goes (the user removes it), the filter must not go with it.
    if not shared.bridge then obs.timer_add(try, TRY_AGAIN_MS) end
  end

  -- OBS has destroyed all instances by now, and no callback can come any more: so this may enter graphics.
  function M.unload()
    if not shared.bridge then return end
    plain_textures.bury()
    shared.effects:bury()
    C.obs_enter_graphics()
    gpu.empty_graveyard()
    C.obs_leave_graphics()
    BackgroundLayer.unload()
    shared.bridge:close()
    shared.bridge = nil
  end

  function M.description()
    return shared.bridge and shared.say "script.description" or shared.say "script.already_there"
  end

  return M
end
