// PerCall in one resource group. README.md beside this says what there is and how it is deployed.
targetScope = 'resourceGroup'

import { expiringContainers, passingContainers, keptContainers, appendOnlyContainers, versionedContainer, queues, tables, hostContainers, hostQueues, deploymentContainer, deadLetterContainer, hostId, operatorSecret, uploadQueue } from 'names.bicep'

@description('Begins the names of all resources; letters and digits.')
@minLength(3)
@maxLength(8)
param name string = 'percall'

@description('Which of several deployments this is. Names have its first 8 letters and digits, and a hash of all of it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('A region with Flex Consumption: az functionapp list-flexconsumption-locations. azd\'s hook checks it.')
@metadata({ azd: { type: 'location' } })
param location string = resourceGroup().location
param tags { *: string } = {}

@description('functions: Azure Functions, Flex Consumption. containerapps: the container image on Azure Container Apps.')
param host 'functions' | 'containerapps' = 'functions'

@description('Where alerts and the budget\'s warnings are sent.')
@minLength(6)
param operatorEmail string

@description('A second receiver of alerts. A single mailbox can be full, filtered or on holiday. Empty: none.')
param operatorEmail2 string = ''

@description('The object id of the group that keeps the operator\'s key: is let into the vault.')
param operatorsGroup string = ''

@description('Whether whoever deploys is let into the vault too, person or pipeline.')
param deployerIsOperator bool = empty(operatorsGroup)

@description('The operator\'s key of the first deployment. It is made here, goes into the vault and nowhere else; a later deployment does not touch it.')
@secure()
@minLength(16)
param operatorKey string = '${newGuid()}${newGuid()}'

@description('Whether the vault\'s secret operator-key-previous is accepted as a key too: during a rotation only. The secret has to exist.')
param operatorKeyPrevious bool = false

@description('In euro, dollars or whatever the subscription is billed in, for a month. Warnings come at 50, 80 and 100 percent, and where 120 are to be expected. Made once; a later deployment leaves it alone. 0: none, as in a subscription that is younger than two days and can have none.')
@minValue(0)
param monthlyBudget int = 0

@description('Stops the app when the month\'s budget is spent, until somebody starts it again. Azure counts costs hours late, up to a day: it bounds a month and not an hour.')
param stopAtBudget bool = false

@description('Not to be given: only here may the clock be read.')
param thisMonth string = utcNow('yyyy-MM-01')

@description('open: no network; storage, vault and model account are reached by identity alone. joined: the app is in a virtual network with private endpoints, and the accounts stay reachable. closed: the endpoints are the only way to them. From open to closed go by joined. The API itself stays public.')
param privateNetwork 'open' | 'joined' | 'closed' = 'open'

@description('Calls and webhooks leave from one public address, which others can allow: a NAT gateway in the network.')
param fixedAddress bool = false

@description('The virtual network\'s addresses, /24.')
param networkRange string = '10.40.0.0/24'

@description('An Azure OpenAI account that the service\'s identity may use. The service offers its model under the model\'s name.')
param openAi bool = false
param openAiModel { name: string, version: string, sku: string, capacity: int } = {
  name: 'gpt-4o-mini'
  version: '2024-07-18'
  sku: 'GlobalStandard'
  capacity: 10
}

@description('Of the account with queues, uploads and results. Standard_ZRS keeps answering when one of the region\'s buildings does not, for a quarter more.')
param storageSku 'Standard_LRS' | 'Standard_ZRS' = 'Standard_LRS'

@description('Of the account with tenants, charges, the record of management and models. ZRS as above; GRS and GZRS also copy to the paired region, RAGRS and RAGZRS make that copy readable.')
param keptStorageSku 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_RAGRS' | 'Standard_GZRS' | 'Standard_RAGZRS' = 'Standard_LRS'

@description('Days that uploads, files and results are kept (PerCall:Batches:Kept).')
@minValue(1)
@maxValue(3650)
param keptDays int = 30

@description('Days that deleted blobs of the kept account, and old versions of models, can be brought back. What the other account deletes is gone.')
@minValue(1)
@maxValue(365)
param undoDays int = 14

@description('Days for which charges and the record of management (the containers usage and audit) can only be added to, and nothing in them changed or removed; 0: none.')
@minValue(0)
@maxValue(146000)
param recordDays int = 0

@description('The policies of recordDays were locked by the operator. They are left alone, because Azure refuses to write them.')
param recordLocked bool = false

@description('The kept account cannot be deleted until its lock is removed.')
param deleteLock bool = true

@description('Once on it cannot be switched off, and the vault\'s name is taken for 90 days after its deletion. For production.')
param vaultPurgeProtection bool = false

@description('Only for a Functions host that is refused with container: see README.md.')
param hostRoles 'container' | 'account' = 'container'

@description('MB of an instance. Processors come with it: 512 have a quarter of one, 2048 one, 4096 two. A run of a model takes one processor, and the models that come with PerCall fit into 2048 together.')
param instanceMemory 512 | 2048 | 4096 = 2048

@description('Of each of six groups that scale by themselves: calls, shards, other work, poison, uploads, the timer. The ceiling of an hour is 6 times this, times the gigabytes of an instance, times $0.094: $45 with 40 instances of 2048 MB. The quota of a subscription in a region, 250 processors, bounds it too. Azure documents 40 as the least; it may take less.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Recreate: each deployment and change of a setting restarts all instances at once and ends running calls. RollingUpdate, a preview: instances are replaced in turn and finish what they do.')
param siteUpdate 'Recreate' | 'RollingUpdate' = 'Recreate'

@description('Spreads instances over the region\'s buildings. Functions then keeps two instances waiting in each group, and bills them: twelve, about $250 a month at 2048 MB.')
param zoneRedundant bool = false

@description('Instances that wait for calls, and are paid for while they do. 0: the first call after a pause waits for a start of some seconds.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 0

@description('Calls that an instance has at once before another is started. A call computes for milliseconds and then waits for its charge to be on disk, which all waiting calls share; more than 8 on one processor queue for it.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 8

@description('containerapps: the image that the Dockerfile makes, with registry and tag.')
param image string = ''

@description('containerapps: an Azure container registry in this resource group that the image is pulled from. Empty: anybody can pull it.')
param registryName string = ''

@description('containerapps: 0 costs nothing while nothing happens.')
@minValue(0)
@maxValue(20)
param minimumReplicas int = 0

@minValue(1)
@maxValue(1000)
param maximumReplicas int = 20

@description('containerapps: calls that a replica has at once before another is started, as httpConcurrency for functions.')
@minValue(1)
@maxValue(1000)
param concurrentRequests int = 8

@description('containerapps: with 0 replicas, one for five minutes of each hour, for timers.')
param wakeHourly bool = true

@minValue(1)
@maxValue(1000)
param dailyLogGigabytes int = 1
@minValue(30)
@maxValue(730)
param logDays int = 31

@description('How often alerts look: at five minutes an alert costs three times as much as at fifteen.')
param alertEvery 'PT5M' | 'PT15M' = 'PT15M'
@minValue(1)
@maxValue(100)
param alertErrorPercent int = 5
@description('A batch has a day (PerCall:Batches:Window); half of it is late.')
@minValue(1)
param alertOldestJobHours int = 12
@description('The roll-up runs every minute, or each 15 minutes while nothing is open.')
@minValue(1)
param alertJournalLagMinutes int = 45

@description('Three places ask /health/ready each 15 minutes, and an alert says if two get no answer. About $5 a month, and each request starts an instance where none runs.')
param availabilityTest bool = false

// Combinations that cannot be, said before anything is made.
var checkedName = contains(name, '-') ? fail('name: takes letters and digits; the storage account is named after it.') : name
var checkedEnvironment = empty(shownEnvironment) ? fail('environmentName: has no letter and no digit.') : shownEnvironment
var checkedImage = host == 'containerapps' && empty(image) ? fail('image: host containerapps needs the address of an image.') : image
var checkedHost = host == 'functions' && !empty(image) ? fail('image: host functions runs a package, not an image; leave it out.') : host
var checkedRegistry = host == 'functions' && !empty(registryName) ? fail('registryName: host functions pulls no image; leave it out.') : registryName
var checkedMaximum = host == 'containerapps' && maximumReplicas < minimumReplicas ? fail('maximumReplicas: is less than minimumReplicas.') : maximumReplicas
var checkedReady = alwaysReady > maximumInstances ? fail('alwaysReady: is more than maximumInstances.') : alwaysReady
var checkedStop = stopAtBudget && monthlyBudget == 0 ? fail('stopAtBudget: needs a monthlyBudget.') : stopAtBudget
var checkedAddress = fixedAddress && privateNetwork == 'open' ? fail('fixedAddress: needs privateNetwork joined or closed.') : fixedAddress
var checkedZones = zoneRedundant && !contains(storageSku, 'ZRS')
  ? fail('zoneRedundant: needs storageSku Standard_ZRS.')
  : zoneRedundant && host == 'functions' && alwaysReady == 1
      ? fail('zoneRedundant: alwaysReady is 0 or at least 2.')
      : zoneRedundant && host == 'containerapps' && privateNetwork == 'open' ? fail('zoneRedundant: host containerapps needs privateNetwork joined or closed.') : zoneRedundant
var checkedRoles = host == 'containerapps' && hostRoles == 'account' ? fail('hostRoles: account is for host functions; the image needs no more than container.') : hostRoles
var checkedRecordDays = recordLocked && recordDays == 0 ? fail('recordLocked: there is nothing to lock without recordDays.') : recordLocked ? 0 : recordDays

var isFunctions = checkedHost == 'functions'
var hasNetwork = privateNetwork != 'open'
var isClosed = privateNetwork == 'closed'
// azd allows environments longer names, with dashes, dots and brackets.
var shownEnvironment = take(join(filter(map(range(0, length(environmentName)), i => toLower(substring(environmentName, i, 1))), c => contains('abcdefghijklmnopqrstuvwxyz0123456789', c)), ''), 8)
var suffix = take(uniqueString(resourceGroup().id, name, environmentName), 6)
var base = toLower('${checkedName}-${checkedEnvironment}-${suffix}')
// Where dashes are not allowed, or 24 characters are all there is room for.
var short = toLower('${checkedName}${checkedEnvironment}${suffix}')
// Known before anything is made, so that a preview can show all of it.
var names = {
  identity: 'id-${base}'
  storage: 'st${short}'
  kept: 'sk${short}'
  vault: 'kv${short}'
  insights: 'appi-${base}'
  openAi: openAi ? 'oai-${base}' : ''
  topic: 'evgt-${base}'
  app: isFunctions ? 'func-${base}' : take('ca-${base}', 32)
}
var allTags = union(tags, { application: 'percall', environment: environmentName })

module identity 'modules/identity.bicep' = {
  params: {
    name: names.identity
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: 'log-${base}'
    insightsName: names.insights
    location: location
    tags: allTags
    dailyGigabytes: dailyLogGigabytes
    keptDays: logDays
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: names.storage
    location: location
    tags: allTags
    sku: storageSku
    closed: isClosed
    containers: union(expiringContainers, passingContainers, hostContainers, [deploymentContainer, deadLetterContainer])
    // The host makes a poison queue beside each queue when it first needs it, which it may not here.
    queues: union(queues, map(queues, q => '${q}-poison'), hostQueues)
    expiring: [
      // A day after the service would have done it, so that it is the service that does where it can.
      { name: 'expire-uploads-and-results', containers: expiringContainers, days: keptDays + 1 }
      // They name customers' files, and an erasure does not reach them. This is long enough to see why they were not delivered.
      { name: 'expire-dead-letters', containers: [deadLetterContainer], days: 7 }
    ]
  }
}

module kept 'modules/storage.bicep' = {
  params: {
    name: names.kept
    location: location
    tags: allTags
    sku: keptStorageSku
    closed: isClosed
    containers: keptContainers
    tables: tables
    undoDays: undoDays
    versioned: versionedContainer
    appendOnly: appendOnlyContainers
    recordDays: checkedRecordDays
    deleteLock: deleteLock
    // No blob here has a name that a customer chose; those of the other account do, and are not logged.
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'modules/keyvault.bicep' = {
  params: {
    name: names.vault
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    closed: isClosed
    purgeProtection: vaultPurgeProtection
    operatorKey: operatorKey
  }
}

module models 'modules/openai.bicep' = if (openAi) {
  params: {
    name: names.openAi
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    closed: isClosed
    model: openAiModel
  }
}

module topic 'modules/eventgrid.bicep' = {
  params: {
    name: names.topic
    location: location
    tags: allTags
    storageId: storage.outputs.id
  }
}

module network 'modules/network.bicep' = if (hasNetwork) {
  params: {
    name: base
    location: location
    tags: allTags
    range: networkRange
    fixedAddress: checkedAddress
  }
}

module endpoints 'modules/endpoints.bicep' = if (hasNetwork) {
  params: {
    name: base
    location: location
    tags: allTags
    networkId: network!.outputs.networkId
    subnetId: network!.outputs.endpointsId
    targets: concat(
      map(['blob', 'queue'], service => {
        name: service
        group: service
        id: storage.outputs.id
        zone: 'privatelink.${service}.${environment().suffixes.storage}'
      }),
      map(['blob', 'table'], service => {
        name: 'kept-${service}'
        group: service
        id: kept.outputs.id
        zone: 'privatelink.${service}.${environment().suffixes.storage}'
      }),
      [{ name: 'vault', group: 'vault', id: vault.outputs.id, zone: 'privatelink.vaultcore.azure.net' }],
      openAi ? [{ name: 'account', group: 'account', id: models!.outputs.id, zone: 'privatelink.openai.azure.com' }] : []
    )
    zoneNames: concat(
      map(['blob', 'queue', 'table'], service => 'privatelink.${service}.${environment().suffixes.storage}'),
      ['privatelink.vaultcore.azure.net'],
      openAi ? ['privatelink.openai.azure.com'] : []
    )
  }
}

module roles 'modules/roles.bicep' = {
  // The linter takes storage and monitoring for implied by the topic, which without functions is not made.
  #disable-next-line no-unnecessary-dependson
  dependsOn: [storage, kept, vault, models, monitoring]
  params: {
    storageName: names.storage
    keptName: names.kept
    vaultName: names.vault
    insightsName: names.insights
    openAiName: names.openAi
    registryName: checkedRegistry
    serviceName: names.identity
    servicePrincipal: identity.outputs.principalId
    topicName: names.topic
    topicPrincipal: topic.outputs.principalId
    topicQueue: isFunctions ? '' : uploadQueue
    previousKey: operatorKeyPrevious
    deployer: deployer().objectId
    deployerIsOperator: deployerIsOperator
    operatorsGroup: operatorsGroup
    hostRoles: checkedRoles
  }
}

// Read by the service or by its host; a test knows which by which, and finds any that nobody reads.
var settings = {
  AzureWebJobsStorage__accountName: storage.outputs.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.outputs.clientId
  AzureFunctionsWebHost__hostid: hostId
  PerCallKeptStorage__accountName: kept.outputs.name
  PerCall__Storage__Create: 'false'
  PerCall__Storage__UndoDays: '${undoDays}'
  // The platform's own front adds the client's address to X-Forwarded-For.
  PerCall__Clients__Proxies: '1'
  PerCall__Batches__Kept: '${keptDays}.00:00:00'
  // The models of the repository are in the package, so that no key has to travel to publish them.
  PerCall__Models__PublishIncluded: 'true'
  // No client reaches a closed storage account.
  PerCall__Transfers__ThroughService: isClosed ? 'true' : 'false'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
}
// The name is a value, because names of settings cannot have dashes on Azure.
var largeModel = openAi ? {
  PerCall__OpenAI__Models__first__Name: openAiModel.name
  PerCall__OpenAI__Models__first__Deployments__0__Endpoint: models!.outputs.endpoint
  PerCall__OpenAI__Models__first__Deployments__0__Deployment: openAiModel.name
} : {}
var allSettings = union(settings, largeModel)

module functions 'modules/functions.bicep' = if (isFunctions) {
  // Its host asks for storage and for the key at once, and a closed network has to have names by then.
  dependsOn: [roles, endpoints]
  params: {
    name: names.app
    location: location
    tags: allTags
    identityId: identity.outputs.id
    blobAddress: storage.outputs.blobAddress
    subnetId: hasNetwork ? network!.outputs.computeId : ''
    settings: union(allSettings, {
      // The service itself leads from its address alone to its pages.
      AzureWebJobsDisableHomepage: 'true'
      // The service sends with the identity of its storage; its host has to be told.
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.outputs.clientId};Authorization=AAD'
    })
    operatorKeyAddress: vault.outputs.operatorKeyAddress
    previousKey: operatorKeyPrevious
    previousKeyAddress: vault.outputs.previousKeyAddress
    instanceMemory: instanceMemory
    siteUpdate: siteUpdate
    zoneRedundant: checkedZones
    maximumInstances: maximumInstances
    alwaysReady: checkedReady
    httpConcurrency: httpConcurrency
  }
}

module containers 'modules/containerapps.bicep' = if (!isFunctions) {
  dependsOn: [roles, endpoints]
  params: {
    name: names.app
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    identityId: identity.outputs.id
    storageName: storage.outputs.name
    subnetId: hasNetwork ? network!.outputs.computeId : ''
    settings: allSettings
    operatorKeyAddress: vault.outputs.operatorKeyAddress
    previousKey: operatorKeyPrevious
    previousKeyAddress: vault.outputs.previousKeyAddress
    image: checkedImage
    registryServer: empty(registryName) ? '' : '${registryName}.azurecr.io'
    minimumReplicas: minimumReplicas
    maximumReplicas: checkedMaximum
    concurrentRequests: concurrentRequests
    zoneRedundant: checkedZones
    wakeHourly: wakeHourly && minimumReplicas == 0
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    name: base
    location: location
    tags: allTags
    workspaceId: monitoring.outputs.workspaceId
    emails: [operatorEmail, operatorEmail2]
    every: alertEvery
    errorPercent: alertErrorPercent
    oldestJobHours: alertOldestJobHours
    journalLagMinutes: alertJournalLagMinutes
    dailyGigabytes: dailyLogGigabytes
    silence: isFunctions || minimumReplicas > 0 ? 'PT1H' : wakeHourly ? 'PT2H' : ''
    appId: isFunctions ? functions!.outputs.id : containers!.outputs.id
    isFunctions: isFunctions
    storageIds: [storage.outputs.id, kept.outputs.id]
    vaultId: vault.outputs.id
  }
}

module availability 'modules/availability.bicep' = if (availabilityTest) {
  params: {
    name: base
    location: location
    tags: allTags
    insightsName: names.insights
    address: isFunctions ? functions!.outputs.address : containers!.outputs.address
    actionGroupId: alerts.outputs.actionGroupId
  }
}

module stop 'modules/stop.bicep' = if (checkedStop) {
  dependsOn: [functions, containers]
  params: {
    name: base
    location: location
    tags: allTags
    isFunction: isFunctions
    appName: names.app
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  params: {
    name: base
    amount: max(monthlyBudget, 1)
    start: thisMonth
    email: operatorEmail
    actionGroupId: alerts.outputs.actionGroupId
    stops: checkedStop
    stopGroupId: checkedStop ? stop!.outputs.actionGroupId : ''
  }
}

// With roles, because it sends with the topic's. On Functions inbox-events.bicep makes the subscription, after the code.
module uploads 'modules/inboxqueue.bicep' = if (!isFunctions) {
  dependsOn: [roles, topic]
  params: {
    topicName: names.topic
    storageId: storage.outputs.id
  }
}

// As azd keeps them, for its hooks. No secrets: the operator's key is told by where it is.
@description('Without it azd keeps no tenant, which its hooks compare with that of the Azure CLI.')
output AZURE_TENANT_ID string = tenant().tenantId
output PERCALL_ADDRESS string = isFunctions ? functions!.outputs.address : containers!.outputs.address
output PERCALL_APP string = isFunctions ? functions!.outputs.name : containers!.outputs.name
output PERCALL_STORAGE string = storage.outputs.name
output PERCALL_KEPT_STORAGE string = kept.outputs.name
output PERCALL_TOPIC string = isFunctions ? topic.outputs.name : ''
output PERCALL_ALERTS string = alerts.outputs.actionGroupName
output PERCALL_VAULT string = vault.outputs.name
output PERCALL_VAULT_ENTRY string = operatorSecret
@description('The one public address that calls and webhooks come from; empty: they come from Azure\'s of the region.')
output PERCALL_OUTBOUND_ADDRESS string = hasNetwork ? network!.outputs.fixedAddress : ''
