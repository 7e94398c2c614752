-- What a frame shows.  Pure.
local M = {}

-- A matte older than this is not the picture's matte any more.
M.STALE_AFTER_NS = 350e6

-- Whether a matte of a picture drawn at `matte_t_ns` (nil: there is none) may be used at `now_ns`.
function M.is_fresh(matte_t_ns, now_ns)
  return matte_t_ns ~= nil and now_ns - matte_t_ns <= M.STALE_AFTER_NS
end

-- Class maps come a few times a second; a map of an older picture would dye the wall.
M.CLASSES_STALE_AFTER_NS = 1500e6

-- Whether class maps of a picture drawn at `t_ns` (nil: there are none) may be used at `now_ns`.
function M.classes_are_fresh(t_ns, now_ns)
  return t_ns ~= nil and now_ns - t_ns <= M.CLASSES_STALE_AFTER_NS
end

-- What to show: "result" (the composite), "split" (the frame beside it), "matte", "classes", "frame" (the picture as
-- it is), "blur" (all of it blurred), "held" (the last composite), "black" or "nothing".
-- `hidden`: the user has pressed the panic key.
function M.decide(fresh, settings, has_held, hidden)
  if hidden then return "nothing" end
  local view = settings.view
  if view == "matte" or view == "classes" then return fresh and view or "black" end
  if settings.background == "none" and not settings.changes_person then return "frame" end -- the user hides nothing
  if fresh then return view == "split" and "split" or "result" end
  if settings.background == "none" then return "frame" end
  local without_matte = settings.without_matte
  if without_matte == "show" then return "frame" end
  if without_matte == "hold" then return has_held and "held" or "nothing" end
  if without_matte == "hide" then return "nothing" end
  return "blur"
end

return M
