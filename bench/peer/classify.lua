-- wrk script: posts one image again and again. Usage: wrk -t1 -c8 -d10s -s classify.lua <address> -- <image.jpg> [key]
function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  wrk.headers["Content-Type"] = "image/jpeg"
  file:close()
  if arguments[2] then
    wrk.headers["x-api-key"] = arguments[2]
  end
end
