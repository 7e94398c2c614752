-- What a frame shows.  Pure.
local M = {}

-- A matte older than this is not the picture's matte any more.
M.STALE_AFTER_NS = 350e6

-- Whether a matte of a picture drawn at `matte_t_ns` (nil: there is none) may be used at `now_ns`.
function M.is_fresh(matte_t_ns, now_ns)
  return matte_t_ns ~= nil and now_ns - matte_t_ns <= M.STALE_AFTER_NS
end

-- "result": the composite; "matte": the matte; "frame": the picture as it is; "blur": all of it blurred;
-- "held": the last composite; "black"; "nothing".
function M.decide(fresh, settings, has_held)
  if settings.view == "matte" then return fresh and "matte" or "black" end
  if settings.background == "none" then return "frame" end -- the user hides nothing
  if fresh then return "result" end
  local without_matte = settings.without_matte
  if without_matte == "show" then return "frame" end
  if without_matte == "hold" then return has_held and "held" or "nothing" end
  if without_matte == "hide" then return "nothing" end
  return "blur"
end

return M
