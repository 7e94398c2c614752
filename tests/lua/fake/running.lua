-- A filter at work: with a ring, and its first mattes drawn.
local World = require "fake.world"
local python = require "fake.python_half"

-- Adds a filter with these settings to `world` (nil: a new one), and class planes of `plane_capacity` bytes (nil: none)
-- to its ring.  Returns world, filter, ring.
return function(values, world, plane_capacity)
  world = world or World.new()
  local filter = World.add_filter(world, values)
  local ring = python.new_ring(4, 256 * 144 * 4, plane_capacity)
  python.publish(filter.entry, ring)
  for _ = 1, 4 do
    World.render(world, filter)
    python.answer(ring)
  end
  return world, filter, ring
end
