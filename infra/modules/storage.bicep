import { expiringContainers, lastingContainers, recordContainer, versionedContainer, queues, tables, hostContainers, hostQueues, deploymentContainer, deadLetterContainer } from '../names.bicep'

@description('Of the account.')
param name string
param location string
param tags { *: string }
param workspaceId string

@description('Copies in one building, or in three of the region.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param sku string

@description('No way in but the private endpoints.')
param closed bool

@description('Days that uploads, files and results are kept.')
@minValue(1)
param keptDays int

@description('Days that a deleted blob, and an old version of a model, can be brought back.')
@minValue(1)
@maxValue(365)
param undoDays int

@description('Days for which nothing in the record of management can be changed or removed; 0: none.')
@minValue(0)
@maxValue(146000)
param recordDays int

@description('What is logged of each call to the account. Reading and writing are not by default: the service polls its queues all day, and the log would cost more than the service.')
param logged string[] = ['StorageDelete']

var containers = union(expiringContainers, lastingContainers, hostContainers, [deploymentContainer, deadLetterContainer])
// The host makes a poison queue beside each queue when it first needs it, which it may not here.
var allQueues = union(queues, map(queues, q => '${q}-poison'), hostQueues)

// A rule takes ten prefixes.
var unversioned = map(filter(containers, c => c != versionedContainer), c => '${c}/')
var forgetting = map(range(0, (length(unversioned) + 9) / 10), i => {
  name: 'forget-versions-${i + 1}'
  type: 'Lifecycle'
  definition: {
    filters: {
      blobTypes: ['blockBlob', 'appendBlob']
      prefixMatch: take(skip(unversioned, i * 10), 10)
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

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    // Versions are kept for a whole account or not at all. Models need them; those of other containers go after a day.
    isVersioningEnabled: true
    deleteRetentionPolicy: {
      enabled: true
      days: undoDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: undoDays
    }
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

// Not locked: that is for the operator to do, because it cannot be taken back.
resource record 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2024-01-01' = if (recordDays > 0) {
  parent: blobs::container[indexOf(containers, recordContainer)]
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: max(recordDays, 1)
    allowProtectedAppendWrites: true
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'

  resource queue 'queues' = [
    for queue in allQueues: {
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
      rules: concat(forgetting, [
        {
          name: 'expire-uploads-and-results'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: map(expiringContainers, c => '${c}/')
            }
            actions: {
              baseBlob: {
                delete: {
                  // A day after the service would have done it, so that it is the service that does where it can.
                  daysAfterModificationGreaterThan: keptDays + 1
                }
              }
            }
          }
        }
        {
          name: 'forget-old-models'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${versionedContainer}/']
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
        {
          name: 'expire-dead-letters'
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${deadLetterContainer}/']
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: keptDays + 1
                }
              }
            }
          }
        }
      ])
    }
  }
}

resource blobLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [for category in logged: { category: category, enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource queueLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: queueService
  properties: {
    workspaceId: workspaceId
    // Each finished message is a deletion.
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource tableLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: tableService
  properties: {
    workspaceId: workspaceId
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

output id string = account.id
output name string = account.name
output blobAddress string = account.properties.primaryEndpoints.blob
output containers string[] = [for (c, i) in containers: blobs::container[i].name]
