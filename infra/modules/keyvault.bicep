import { operatorSecret, previousOperatorSecret } from '../names.bicep'

param name string
param location string
param tags { *: string }
param workspaceId string
param closed bool

@description('Nobody can empty the vault before its 90 days are over, the owner of the subscription included. It cannot be switched off again.')
param purgeProtection bool

@description('The operator\'s key of a first deployment.')
@secure()
param operatorKey string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // Azure takes no false.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: closed ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: closed ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
    }
  }
}

// Made once, and from then on the operator's to change: a later deployment leaves it alone.
@onlyIfNotExists()
resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: operatorSecret
  tags: tags
  properties: {
    value: operatorKey
    contentType: 'text/plain'
    attributes: {
      enabled: true
    }
  }
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

output id string = vault.id
output name string = vault.name
@description('Without a version, so that a new one is taken over.')
output operatorKeyAddress string = '${vault.properties.vaultUri}secrets/${secret.name}'
@description('Of the previous key, which exists only during a rotation; without a version.')
output previousKeyAddress string = '${vault.properties.vaultUri}secrets/${previousOperatorSecret}'
