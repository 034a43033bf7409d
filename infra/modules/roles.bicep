import { expiringContainers, passingContainers, keptContainers, queues, tables, hostContainers, hostQueues, deploymentContainer, deadLetterContainer, operatorSecret, previousOperatorSecret } from '../names.bicep'

// Everything that anybody is let into, in one place. A test holds it to a table of who, what and where.

@description('The account of what must go, and of the host.')
param storageName string
@description('The account of what must be kept.')
param keptName string
param vaultName string
param insightsName string

@description('Empty: there is none.')
param openAiName string
@description('Empty: there is none.')
param registryName string

@description('The identity of the service. Assignments are named after it, so that a preview knows their names before it is made; an identity that was deleted and made again needs the old assignments deleted first.')
param serviceName string
param servicePrincipal string

@description('The topic that leaves its dead letters in storage. Empty: there is none.')
param topicName string
param topicPrincipal string

@description('The queue that the topic sends events into. Empty: there is none.')
param topicQueue string

@description('Whether the vault has the operator\'s previous key, which the service reads too.')
param previousKey bool

@description('The object id of who deploys, of whatever kind.')
param deployer string
param deployerIsOperator bool
@description('The group that keeps the operator\'s key. Empty: there is none.')
param operatorsGroup string

@description('container: what the host keeps for itself is open to the service and nothing else is. account: all containers and queues of the transient account, as Microsoft\'s page on host storage has it; for a host that turns out to need more.')
@allowed(['container', 'account'])
param hostRoles string

var ids = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobDelegator: 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  queueSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  secretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  openAiUser: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
}

var usedContainers = union(expiringContainers, passingContainers, hostContainers, [deploymentContainer])
// Contributor and no less: to keep a message while it is worked on is to write it, which Message Processor may not.
var usedQueues = union(queues, map(queues, q => '${q}-poison'), hostQueues)

var usedSecrets = previousKey ? [operatorSecret, previousOperatorSecret] : [operatorSecret]

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = [for name in usedContainers: { name: name }]
    resource deadLetters 'containers' existing = { name: deadLetterContainer }
  }

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = [for name in usedQueues: { name: name }]
    resource uploads 'queues' existing = if (!empty(topicQueue)) { name: topicQueue }
  }
}

resource kept 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: keptName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = [for name in keptContainers: { name: name }]
  }

  resource tableService 'tableServices' existing = {
    name: 'default'

    resource table 'tables' existing = [for name in tables: { name: name }]
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName

  resource secret 'secrets' existing = [for name in usedSecrets: { name: name }]
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource openAi 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = if (!empty(openAiName)) {
  name: openAiName
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = if (!empty(registryName)) {
  name: registryName
}

resource containers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in usedContainers: {
    name: guid(storage::blobs::container[i].id, serviceName, ids.blobContributor)
    scope: storage::blobs::container[i]
    properties: {
      principalId: servicePrincipal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.blobContributor)
    }
  }
]

resource keptRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in keptContainers: {
    name: guid(kept::blobs::container[i].id, serviceName, ids.blobContributor)
    scope: kept::blobs::container[i]
    properties: {
      principalId: servicePrincipal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.blobContributor)
    }
  }
]

resource queueRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in usedQueues: {
    name: guid(storage::queueService::queue[i].id, serviceName, ids.queueContributor)
    scope: storage::queueService::queue[i]
    properties: {
      principalId: servicePrincipal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.queueContributor)
    }
  }
]

resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in tables: {
    name: guid(kept::tableService::table[i].id, serviceName, ids.tableContributor)
    scope: kept::tableService::table[i]
    properties: {
      principalId: servicePrincipal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.tableContributor)
    }
  }
]

// Addresses for uploading and downloading are signed with a key of the identity's own, and such keys are the account's to give. It opens no blob that the identity cannot open itself. Nothing is signed for the kept account.
resource delegator 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, serviceName, ids.blobDelegator)
  scope: storage
  properties: {
    principalId: servicePrincipal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.blobDelegator)
  }
}

resource wide 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in (hostRoles == 'account' ? [ids.blobOwner, ids.queueContributor] : []): {
    name: guid(storage.id, serviceName, id)
    scope: storage
    properties: {
      principalId: servicePrincipal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', id)
    }
  }
]

resource keyReader 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in usedSecrets: {
    name: guid(vault::secret[i].id, serviceName, ids.secretsUser)
    scope: vault::secret[i]
    properties: {
      principalId: servicePrincipal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.secretsUser)
    }
  }
]

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, serviceName, ids.metricsPublisher)
  scope: insights
  properties: {
    principalId: servicePrincipal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.metricsPublisher)
  }
}

resource models 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(openAiName)) {
  name: guid(openAi.id, serviceName, ids.openAiUser)
  scope: openAi
  properties: {
    principalId: servicePrincipal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.openAiUser)
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(registry.id, serviceName, ids.acrPull)
  scope: registry
  properties: {
    principalId: servicePrincipal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.acrPull)
  }
}

resource deadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(topicName)) {
  name: guid(storage::blobs::deadLetters.id, topicName, ids.blobContributor)
  scope: storage::blobs::deadLetters
  properties: {
    principalId: topicPrincipal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.blobContributor)
  }
}

resource uploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(topicQueue)) {
  name: guid(storage::queueService::uploads.id, topicName, ids.queueSender)
  scope: storage::queueService::uploads
  properties: {
    principalId: topicPrincipal
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.queueSender)
  }
}

// Without a type: a person deploys as well as a pipeline.
resource deployerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (deployerIsOperator) {
  name: guid(vault.id, deployer, ids.secretsOfficer)
  scope: vault
  properties: {
    principalId: deployer
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.secretsOfficer)
  }
}

resource operators 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorsGroup)) {
  name: guid(vault.id, operatorsGroup, ids.secretsOfficer)
  scope: vault
  properties: {
    principalId: operatorsGroup
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', ids.secretsOfficer)
  }
}
