# Multi-Query Example (docs.bentonow.com/example), second step: tag the person. One command, not an array of them.
# Written anew: it sends what the guide's script of this name sends. `make clients` puts in the address and the keys.
require 'net/http'
require 'uri'

keys = ['XXXX-publishable-key', 'XXXX-secret-key']
site_uuid = 'XXXX-site-uuid'

uri = URI.parse('https://app.bentonow.com/api/v1/fetch/commands')
request = Net::HTTP::Post.new(uri)
request.basic_auth(*keys)
request.content_type = 'application/json'
command = { command: 'add_tag', email: 'guide@example.com', query: 'customer' }
request.body = JSON.dump({ site_uuid: site_uuid, command: command })

response = Net::HTTP.start(uri.hostname, uri.port, use_ssl: uri.scheme == 'https') { |http| http.request(request) }
puts JSON.parse(response.body)
