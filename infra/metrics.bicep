// Metrics that the service sends and alerts look at; a test compares the names with the service's.

@export()
@description('Messages in a queue; dimension queue, with the poison queues.')
var queueLength = 'percall.queue.length'

@export()
var queueDimension = 'queue'

@export()
@description('Seconds since the oldest open job was taken in.')
var oldestJob = 'percall.jobs.oldest_age'

@export()
@description('Seconds that the roll-up is behind the journal.')
var journalLag = 'percall.journal.lag'
