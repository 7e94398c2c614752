-- The compiled effect files, shared by all filters.
local gpu = require "selfieseg.gpu"

local Effects = {}
Effects.__index = Effects

function Effects.new(folder)
  return setmetatable({ folder = folder }, Effects)
end

-- What is loaded: the files' names, and the parameters of each.
Effects.FILES = {
  work_frame = { "image" },
  matte = { "image", "frame", "size", "direction", "reach", "low", "width", "inverted" },
  blur = { "image", "matte", "sums", "texel", file = "background_blur" },
  edge_light = { "image", "matte", "color", "texel" },
  face_smooth = { "image", "matte", "planes", "texel", "strength", "inverted" },
  foreground = { "image", "matte", "planes", "room", "despill", "brighten", "inverted", "hair", "clothes", "skin" },
  compose = { "image", "original", "layer", "matte", "wrap", "color", "light_wrap" },
  views = { "image", "original", "matte", "planes", "inverted" },
}

local function load_all(folder)
  local loaded = {}
  for name, params in pairs(Effects.FILES) do
    loaded[name] = gpu.load_effect(folder .. (params.file or name) .. ".effect", params)
  end
  return loaded
end

-- Graphics thread.  A failure is not tried again every frame: compiling takes long.
function Effects:get()
  if not self.loaded then
    if not self.why_not then
      local ok, loaded = pcall(load_all, self.folder)
      if ok then self.loaded = loaded else self.why_not = loaded end
    end
    assert(self.loaded, self.why_not)
  end
  return self.loaded
end

function Effects:bury()
  for _, effect in pairs(self.loaded or {}) do gpu.bury("gs_effect_destroy", effect.handle) end
  self.loaded = nil
end

return Effects
