// Metrics that the service sends and alerts look at; a test compares the names with the service's.

@export()
@description('HTTP responses, never sampled; dimension percall.status_class.')
var responses = 'percall.http.responses'

@export()
var classDimension = 'percall.status_class'

@export()
@description('Rounds of the chores.')
var choreRounds = 'percall.chores.rounds'

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
