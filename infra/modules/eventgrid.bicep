@description('The topic of the storage account\'s events. Its subscription is inbox-events.bicep, which needs the function to exist, or inboxqueue.bicep for the image.')
param name string
param location string
param tags { *: string }
param storageId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: storageId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

output name string = topic.name
output principalId string = topic.identity.principalId
