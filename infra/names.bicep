// What the service and its host keep in the storage account. A test compares the lists with what the service declares at its start,
// and with the triggers of its functions.

@export()
@description('Containers of uploads, files and results. The service removes what is older than PerCall:Batches:Kept; a lifecycle rule does it too, in case the service no longer runs.')
var expiringContainers = ['inbox', 'files', 'results']

@export()
@description('Containers of what has to outlast a batch.')
var lastingContainers = ['models', 'usage', 'exports', 'audit', 'answers', 'predictions', 'webhooks', 'batches', 'backups']

@export()
@description('Of these, the record of management: it grows, and nothing of it is ever changed.')
var recordContainer = 'audit'

@export()
@description('The one container of which old versions of blobs are kept for long.')
var versionedContainer = 'models'

@export()
var queues = ['plan', 'shards', 'calls', 'predictions', 'webhooks']

@export()
var tables = ['tenants', 'plans', 'keys', 'limits', 'usage', 'idempotency', 'predictions', 'webhooks', 'jobs', 'shards']

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
