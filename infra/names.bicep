// What the service and its host keep in the two storage accounts. A test compares the lists with what the service declares at its start,
// and with the triggers of its functions.

@export()
@description('Transient account: containers of uploads, files and results. The service removes what is older than PerCall:Batches:Kept, and packages after a day; a lifecycle rule does it too, in case the service no longer runs.')
var expiringContainers = ['inbox', 'files', 'results', 'packages']

@export()
@description('Transient account: containers of what the service removes itself, and of the keys for its addresses.')
var passingContainers = ['answers', 'predictions', 'webhooks', 'batches', 'transfers']

@export()
@description('Kept account: containers of what has to outlast everything else. The tables are in this account too.')
var keptContainers = ['models', 'usage', 'exports', 'audit', 'backups']

@export()
@description('Of these, charges and the record of management: they grow, and nothing of them is ever changed.')
var appendOnlyContainers = ['usage', 'audit']

@export()
@description('The one container of which old versions of blobs are kept for long.')
var versionedContainer = 'models'

@export()
@description('Queues of work. Beside each is a poison queue: work-poison takes what failed of both, shards-poison only what cannot be read.')
var queues = ['shards', 'work']

@export()
var tables = ['tenants', 'plans', 'keys', 'operators', 'limits', 'journal', 'usage', 'idempotency', 'predictions', 'webhooks', 'jobs', 'shards', 'upkeep', 'service']

@export()
@description('Leases, timers and blob receipts of the host, and the keys of its webhooks.')
var hostContainers = ['azure-webjobs-hosts', 'azure-webjobs-secrets']

@export()
@description('Under which all instances share their state. Fixed, so that the names of the host\'s own queues are known here; the Functions host would cut it out of the app\'s name.')
var hostId = 'percall'

@export()
@description('Where the host puts uploads to work on, and those that it gave up.')
var hostQueues = ['azure-webjobs-blobtrigger-percall', 'webjobs-blobtrigger-poison']

@export()
@description('The packages of the service that were deployed.')
var deploymentContainer = 'deployments'

@export()
@description('Events that could not be handed to the service.')
var deadLetterContainer = 'deadletters'

@export()
@description('The container whose new blobs are events, and the function that takes them.')
var inbox = {
  container: 'inbox'
  function: 'TakeUpload'
}

@export()
@description('The vault\'s secret with the operator\'s key.')
var operatorSecret = 'operator-key'

@export()
@description('Of the host\'s queues, the one of uploads to work on. Event Grid sends its events there for the image, whose host reads both kinds of message.')
var uploadQueue = 'azure-webjobs-blobtrigger-percall'

@export()
@description('The vault\'s secret with the operator\'s previous key. It exists only during a rotation, and the operator makes it.')
var previousOperatorSecret = 'operator-key-previous'
