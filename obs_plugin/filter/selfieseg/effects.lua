-- The compiled effect files, shared by all filters.
local gpu = require "selfieseg.gpu"

local Effects = {}
Effects.__index = Effects

function Effects.new(folder)
  return setmetatable({ folder = folder }, Effects)
end

local function load_all(folder)
  return {
    work_frame = gpu.load_effect(folder .. "work_frame.effect", { "image" }),
    blur = gpu.load_effect(folder .. "background_blur.effect", { "image", "matte", "sums", "texel" }),
    compose = gpu.load_effect(folder .. "compose.effect", { "image", "matte", "blurred", "color" }),
  }
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
