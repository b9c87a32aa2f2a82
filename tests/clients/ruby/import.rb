# Multi-Query Example and Subscribers (docs.bentonow.com/example, /batch-api/batch-subscriber): an import, with the
# column `command` of its time.
# Written anew: it sends what the guide's import.rb sends. `make clients` puts in the address and the keys.
require 'net/http'
require 'uri'

keys = ['XXXX-publishable-key', 'XXXX-secret-key']
site_uuid = 'XXXX-site-uuid'

people = [
  { email: 'jesse@example.com', name: 'Jesse', customer_id: '123', tags: 'customer,mql', remove_tags: 'lead' },
  { email: 'scott@example.com', name: 'Scott', customer_id: '124' },
  { email: 'gone@example.com', command: 'unsubscribe' },
  { email: 'back@example.com', command: 'subscribe' }
]

uri = URI.parse('https://app.bentonow.com/api/v1/batch/subscribers')
request = Net::HTTP::Post.new(uri)
request.basic_auth(*keys)
request.content_type = 'application/json'
request.body = JSON.dump({ site_uuid: site_uuid, subscribers: people })

response = Net::HTTP.start(uri.hostname, uri.port, use_ssl: uri.scheme == 'https') { |http| http.request(request) }
puts JSON.parse(response.body)
