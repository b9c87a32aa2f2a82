# Broadcasts (docs.bentonow.com/batch-api/broadcasts, December 2022): a draft, one from a layout, one that is sent.
# Written anew: it sends what the guide's batch_importer.rb sends. `make clients` puts in the address and the keys.
require 'net/http'
require 'uri'

keys = ['XXXX-publishable-key', 'XXXX-secret-key']
site_uuid = 'XXXX-site-uuid'

broadcasts = [
  {
    name: 'Campaign #1 — Plain Text Example',
    subject: 'Hello Plain World',
    content: '<p>Hi {{ visitor.first_name }}</p>',
    type: 'plain',
    from: { email: 'news@example.com' },
    inclusive_tags: 'lead,mql',
    exclusive_tags: 'customers',
    segment_id: 'segment_123456789',
    batch_size_per_hour: 1500
  },
  {
    name: 'Campaign #4 — Layout',
    subject: 'Hello World',
    layout_id: 'layout_123456789',
    type: 'layout',
    inclusive_tags: 'customer'
  },
  {
    name: 'Campaign #5 — Approved and Scheduled!',
    subject: 'Hello World',
    content: '<p>Sending now</p>',
    type: 'plain',
    send_at: '2022-12-13 12:50',
    approved: true
  }
]

uri = URI.parse('https://app.bentonow.com/api/v1/batch/broadcasts')
request = Net::HTTP::Post.new(uri)
request.basic_auth(*keys)
request.content_type = 'application/json'
request.body = JSON.dump({ site_uuid: site_uuid, broadcasts: broadcasts })

response = Net::HTTP.start(uri.hostname, uri.port, use_ssl: uri.scheme == 'https') { |http| http.request(request) }
puts JSON.parse(response.body)
