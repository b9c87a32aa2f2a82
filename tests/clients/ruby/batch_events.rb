# Multi-Query Example and Events (docs.bentonow.com/example, /batch-api/events): events, one of them backdated.
# Written anew: it sends what the guide's batch_importer.rb sends. `make clients` puts in the address and the keys.
require 'net/http'
require 'uri'

keys = ['XXXX-publishable-key', 'XXXX-secret-key']
site_uuid = 'XXXX-site-uuid'

email = 'guide@example.com'
name = { first_name: 'Jesse' }
purchase = { unique: { key: 'test123' }, value: { currency: 'USD', amount: 8000 } }
cart = {
  'items' => [{ product_sku: 'SKU123', product_name: 'Test', quantity: 100 }],
  'abandoned_checkout_url' => 'https://test.com'
}
events = [
  { email: email, type: '$custom_event', fields: name, details: { custom_stat: 1000 } },
  { email: email, type: '$custom_event_with_no_details', fields: name.merge(last_name: 'Hanley') },
  { email: email, type: '$custom_event_with_workflow_bypass', details: { bypass_workflows: 'true' } },
  { email: email, type: '$custom_event_with_nothing_else' },
  { email: email, type: '$purchase', fields: name, details: purchase },
  { email: email, type: '$purchase', fields: name, details: purchase.merge(cart: cart) },
  { email: email, type: '$backdated_event', date: 3.years.ago }
]

uri = URI.parse('https://app.bentonow.com/api/v1/batch/events')
request = Net::HTTP::Post.new(uri)
request.basic_auth(*keys)
request.content_type = 'application/json'
request.body = JSON.dump({ site_uuid: site_uuid, events: events })

response = Net::HTTP.start(uri.hostname, uri.port, use_ssl: uri.scheme == 'https') { |http| http.request(request) }
puts JSON.parse(response.body)
