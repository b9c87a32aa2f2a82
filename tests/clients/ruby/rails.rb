# Bento's guides are written for a Rails console: JSON and `3.years.ago` are there. This is loaded before each script.
require 'json'

begin
  require 'active_support'
  require 'active_support/time'
  Time.zone = 'UTC'
rescue LoadError # without Active Support: the same text, as JSON.dump writes such a time
  class Integer
    def years = (self * 365.25 * 24 * 3600).to_i
    def ago = Time.now.utc - self
  end
end
