// Stops the app when a budget says so: an action group, a workflow that calls Azure, and an identity that may stop this one app and do nothing else.

param name string
param location string
param tags { *: string }

param isFunction bool

@description('Of the function app or the container app.')
param appName string

var address = uri(environment().resourceManager, isFunction ? '${functionApp.id}/stop?api-version=2024-11-01' : '${containerApp.id}/stop?api-version=2025-01-01')

resource functionApp 'Microsoft.Web/sites@2024-11-01' existing = if (isFunction) {
  name: appName
}

resource containerApp 'Microsoft.App/containerApps@2025-01-01' existing = if (!isFunction) {
  name: appName
}

resource workflow 'Microsoft.Logic/workflows@2019-05-01' = {
  name: 'logic-stop-${name}'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    state: 'Enabled'
    definition: {
      '$schema': 'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#'
      contentVersion: '1.0.0.0'
      triggers: {
        budget: {
          type: 'Request'
          kind: 'Http'
          inputs: {}
        }
      }
      actions: {
        stop: {
          type: 'Http'
          inputs: {
            method: 'POST'
            uri: address
            authentication: {
              type: 'ManagedServiceIdentity'
              audience: environment().resourceManager
            }
          }
        }
      }
    }
  }

  resource budget 'triggers' existing = {
    name: 'budget'
  }
}

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, name, 'stop')
  properties: {
    // Names of roles are unique in a tenant.
    roleName: 'PerCall: stop ${name}'
    description: 'Stops the app.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [isFunction ? 'Microsoft.Web/sites/stop/action' : 'Microsoft.App/containerApps/stop/action']
      }
    ]
  }
}

resource functionRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (isFunction) {
  name: guid(functionApp.id, name, 'stop')
  scope: functionApp
  properties: {
    principalId: workflow.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
  }
}

resource containerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!isFunction) {
  name: guid(containerApp.id, name, 'stop')
  scope: containerApp
  properties: {
    principalId: workflow.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.id
  }
}

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-stop-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'stop'
    logicAppReceivers: [
      {
        name: 'stop'
        resourceId: workflow.id
        callbackUrl: workflow::budget.listCallbackUrl().value
        useCommonAlertSchema: true
      }
    ]
  }
}

output actionGroupId string = group.id
