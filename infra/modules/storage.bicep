// A storage account: once for what must be kept, once for what must go.

@description('Of the account.')
param name string
param location string
param tags { *: string }
param sku string

@description('No way in but the private endpoints.')
param closed bool

param containers string[]
param queues string[] = []
param tables string[] = []

@description('Days that a deleted blob, and an old version of a model, can be brought back. 0: what is deleted is gone, and nothing has versions.')
@minValue(0)
@maxValue(365)
param undoDays int = 0

@description('Lifecycle rules: containers, and days after its last change that a blob of theirs is removed.')
param expiring { name: string, containers: string[], days: int }[] = []

@description('With undoDays: the container of which old versions are kept that long. Those of other containers go after a day, and can be brought back like any deleted blob.')
param versioned string = ''

@description('Containers that are only added to.')
param appendOnly string[] = []

@description('Days for which nothing in them can be changed or removed; 0: no policy is set, and one that is there stays as it is.')
@minValue(0)
@maxValue(146000)
param recordDays int = 0

@description('The account and what is in it cannot be deleted by way of Azure\'s management until the lock is removed.')
param deleteLock bool = false

@description('With undoDays: where deletions of blobs are logged. A log names each blob.')
param workspaceId string = ''

var keeps = undoDays > 0
// A rule takes ten prefixes. Nothing overwrites or removes a blob that is only added to, so it has no versions.
var forgotten = filter(containers, c => c != versioned && !contains(appendOnly, c))
var forgetting = map(range(0, (length(forgotten) + 9) / 10), i => {
  name: 'forget-versions-${i + 1}'
  type: 'Lifecycle'
  definition: {
    filters: {
      blobTypes: ['blockBlob', 'appendBlob']
      prefixMatch: map(take(skip(forgotten, i * 10), 10), c => '${c}/')
    }
    actions: {
      version: {
        delete: {
          daysAfterCreationGreaterThan: 1
        }
      }
    }
  }
})
var keeping = [
  {
    name: 'forget-old-models'
    type: 'Lifecycle'
    definition: {
      filters: {
        blobTypes: ['blockBlob']
        prefixMatch: ['${versioned}/']
      }
      actions: {
        version: {
          delete: {
            daysAfterCreationGreaterThan: undoDays
          }
        }
      }
    }
  }
]
var removing = map(expiring, e => {
  name: e.name
  type: 'Lifecycle'
  definition: {
    filters: {
      blobTypes: ['blockBlob']
      prefixMatch: map(e.containers, c => '${c}/')
    }
    actions: {
      baseBlob: {
        delete: {
          daysAfterModificationGreaterThan: e.days
        }
      }
    }
  }
})

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    // Identities only: there is no key that could leak, and no address signed with one.
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: closed ? 'Deny' : 'Allow'
      // Event Grid writes its dead letters from outside.
      bypass: 'AzureServices'
    }
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Tenants, keys, charges, the record of management and models.'
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    // Both are for a whole account or not at all.
    isVersioningEnabled: keeps
    deleteRetentionPolicy: keeps ? { enabled: true, days: max(undoDays, 1) } : { enabled: false }
    containerDeleteRetentionPolicy: keeps ? { enabled: true, days: max(undoDays, 1) } : { enabled: false }
  }

  resource container 'containers' = [
    for container in containers: {
      name: container
      properties: {
        publicAccess: 'None'
      }
    }
  ]
}

// Not locked: that is for the operator to do, because it cannot be taken back. Once it is, Azure refuses to write the policy again.
// @onlyIfNotExists() would never make it: of a container without one, Azure answers with a policy of 0 days.
resource record 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2024-01-01' = [
  for container in (recordDays > 0 ? appendOnly : []): {
    parent: blobs::container[indexOf(containers, container)]
    name: 'default'
    properties: {
      immutabilityPeriodSinceCreationInDays: max(recordDays, 1)
      allowProtectedAppendWrites: true
    }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'

  resource queue 'queues' = [
    for queue in queues: {
      name: queue
    }
  ]
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  parent: account
  name: 'default'

  resource table 'tables' = [
    for table in tables: {
      name: table
    }
  ]
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobs]
  properties: {
    policy: {
      rules: concat(keeps ? forgetting : [], keeps ? keeping : [], removing)
    }
  }
}

// Of blobs alone: each finished message is a deletion, and rows are named after customers' own keys.
resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (keeps) {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
  }
}

output id string = account.id
output name string = account.name
output blobAddress string = account.properties.primaryEndpoints.blob
