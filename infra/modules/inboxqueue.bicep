import { inbox, deadLetterContainer, uploadQueue } from '../names.bicep'

@description('Of the topic of the storage account\'s events.')
param topicName string
param storageId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName

  // The image has no webhook that Event Grid could ask, and without a replica nobody would answer. The queue keeps the event, and its length
  // starts a replica.
  resource subscription 'eventSubscriptions' = {
    name: 'inbox'
    properties: {
      eventDeliverySchema: 'EventGridSchema'
      deliveryWithResourceIdentity: {
        identity: {
          type: 'SystemAssigned'
        }
        destination: {
          endpointType: 'StorageQueue'
          properties: {
            resourceId: storageId
            queueName: uploadQueue
          }
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
            resourceId: storageId
            blobContainerName: deadLetterContainer
          }
        }
      }
    }
  }
}
