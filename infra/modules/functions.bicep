import { deploymentContainer } from '../names.bicep'

param name string
param location string
param tags { *: string }
param identityId string

@description('Of the storage account, with a slash at its end.')
param blobAddress string

@description('Empty: no network of one\'s own.')
param subnetId string

@description('What the service is told, besides what is said of the host here.')
param settings { *: string }

@description('Of the operator\'s key, without a version.')
param operatorKeyAddress string

@description('Whether the operator\'s previous key is accepted too, and where it is, without a version.')
param previousKey bool
param previousKeyAddress string

param instanceMemory 512 | 2048 | 4096
param siteUpdate 'Recreate' | 'RollingUpdate'
param zoneRedundant bool

@description('Of each group of functions that scales by itself.')
@minValue(1)
@maxValue(1000)
param maximumInstances int
@minValue(0)
param alwaysReady int
@minValue(1)
@maxValue(1000)
param httpConcurrency int

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // By which azd finds where to deploy the service api of azure.yaml.
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
    }
    functionAppConfig: {
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobAddress}${deploymentContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      // Documented for this version of the API; the compiler's types are behind. Left out for the default, which is all that some regions know.
      #disable-next-line BCP037
      siteUpdateStrategy: siteUpdate == 'Recreate' ? null : { type: siteUpdate }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'http', instanceCount: alwaysReady }]
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
    }
  }

  // Deployment is by identity; there is no user name and password for it.
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    // A reference to the newest version ends with a slash. One to a missing secret would reach the service as its text.
    properties: union(settings, {
      PERCALL_ADMIN_KEY: '@Microsoft.KeyVault(SecretUri=${operatorKeyAddress}/)'
    }, previousKey ? {
      PERCALL_ADMIN_KEY_PREVIOUS: '@Microsoft.KeyVault(SecretUri=${previousKeyAddress}/)'
    } : {})
  }
}

output id string = app.id
output name string = app.name
output address string = 'https://${app.properties.defaultHostName}'
