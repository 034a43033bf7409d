param workspaceName string
param insightsName string
param location string
param tags { *: string }

@description('Gigabytes of logs taken in per day; what comes beyond is dropped until the next day. Logging is what runs away when something else does.')
@minValue(1)
param dailyGigabytes int

@description('Days that logs are kept. The first 31 cost nothing.')
@minValue(30)
@maxValue(730)
param keptDays int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: keptDays
    workspaceCapping: {
      dailyQuotaGb: dailyGigabytes
    }
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // With the address alone nobody can send.
    DisableLocalAuth: true
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insights.id, 'percall')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'PerCall'
    category: 'workbook'
    sourceId: insights.id
    serializedData: loadTextContent('../workbook/percall.workbook')
  }
}

output workspaceId string = workspace.id
@description('An address and an identifier; with local authentication off it is no secret.')
output connectionString string = insights.properties.ConnectionString
