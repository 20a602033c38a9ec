-- The load that harness.py makes with wrk: bodies in turn, each with the key of the same place.
-- The last line of output is one JSON object.

local requests, turn = {}, 0

local function lines_of(text)
  local lines = {}
  for line in (text or ""):gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

function init()
  local keys = lines_of(os.getenv("LOAD_KEYS"))
  for place, body in ipairs(lines_of(os.getenv("LOAD_BODIES"))) do
    local headers = { ["Content-Type"] = "application/json" }
    if keys[place] then headers["Authorization"] = "Bearer " .. keys[place] end
    requests[place] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "faults": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
