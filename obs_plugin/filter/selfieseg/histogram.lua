-- Counts durations in logarithmic buckets; selfieseg_wire/histogram.py reads them.
local floor, log = math.floor, math.log
local BUCKETS_PER_OCTAVE, LAST = 6, 127
local SCALE = BUCKETS_PER_OCTAVE / log(2)

-- Adds one duration in nanoseconds (a Lua number) to `counts` (uint32_t[128]).
return function(counts, ns)
  local us = ns * 1e-3
  local bucket = us > 1 and floor(log(us) * SCALE) or 0
  if bucket > LAST then bucket = LAST end
  counts[bucket] = counts[bucket] + 1
end
