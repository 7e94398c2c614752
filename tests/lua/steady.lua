-- What a filter does frame after frame: the cases for which the graphics thread's part is counted and measured.
local python = require "fake.python_half"
jit.off(true, true) -- no part of it is in OBS: see quiet/measure.lua

local PLANE_SIZE = 64

-- Every case: name, settings; background: that of the finished pictures which the engine sends (nil: it sends masks);
-- planes: class planes come, too; still: the engine is busy, a matte comes every eighth frame; unanswered: none comes.
local M = {
  { name = "none", settings = { background = "none" } },
  { name = "matte", settings = { view = "matte" } },
  { name = "color", settings = { background = "color" } },
  { name = "blur", settings = { background = "blur" } },
  { name = "blur, light wrap", settings = { background = "blur", light_wrap = 0.5 } },
  { name = "blur, no new matte", settings = { background = "blur" }, still = true },
  { name = "blur, exact", settings = { background = "blur", alignment = "exact" } },
  { name = "everything", planes = true, settings = {
      background = "color", light_wrap = 0.5, despill = 0.5, expand = 3, face_smooth = 0.5, hair_strength = 0.5,
      alignment = "exact" } },
  { name = "in the engine", settings = { background = "color", effects_in_engine = true }, background = "COLOR" },
  { name = "without a matte", settings = { background = "blur" }, unanswered = true },
}

-- What the engine does after frame `number`, class planes every sixth frame.
function M.answer(case, ring, number, now_ns)
  if case.unanswered or case.still and number % 8 ~= 0 then return python.let_go(ring) end
  python.answer(ring, case.background)
  if case.planes and number % 6 == 0 then
    python.write_plane(ring, number / 6 % 2, number, PLANE_SIZE, PLANE_SIZE, now_ns)
  end
end

return M
