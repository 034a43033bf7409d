// Has uploads told to the function as they come. A deployment of its own: Azure asks the function whether it wants the events while this is made,
// so the code has to be deployed, and running, before.
targetScope = 'resourceGroup'

import { inbox, deadLetterContainer } from 'names.bicep'

@description('Of the function app.')
@minLength(2)
param appName string

@description('Of the topic of the storage account\'s events.')
@minLength(3)
param topicName string

@minLength(3)
param storageName string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName

  resource subscription 'eventSubscriptions' = {
    name: 'inbox'
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      destination: {
        endpointType: 'WebHook'
        properties: {
          // The key is read here, in Azure, and passes through nobody's hands.
          endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.${inbox.function}&code=${listKeys('${app.id}/host/default', '2024-11-01').systemKeys.blobs_extension}'
          minimumTlsVersionAllowed: '1.2'
          maxEventsPerBatch: 1
        }
      }
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        // With what ends the container's name: inbox2 is another container.
        subjectBeginsWith: '/blobServices/default/containers/${inbox.container}/blobs/'
        isSubjectCaseSensitive: true
        enableAdvancedFilteringOnArrays: false
      }
      retryPolicy: {
        maxDeliveryAttempts: 30
        eventTimeToLiveInMinutes: 1440
      }
      deadLetterWithResourceIdentity: {
        identity: {
          type: 'SystemAssigned'
        }
        deadLetterDestination: {
          endpointType: 'StorageBlob'
          properties: {
            resourceId: storage.id
            blobContainerName: deadLetterContainer
          }
        }
      }
    }
  }
}
