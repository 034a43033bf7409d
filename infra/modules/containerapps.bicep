import { uploadQueue } from '../names.bicep'

param name string
param location string
param tags { *: string }
param workspaceId string
param identityId string
param storageName string

@description('Empty: no network of one\'s own.')
param subnetId string
param settings { *: string }

@description('Of the operator\'s key, without a version.')
param operatorKeyAddress string

@description('Whether the operator\'s previous key is accepted too, and where it is, without a version.')
param previousKey bool
param previousKeyAddress string

@description('Of the image that the Dockerfile makes, with its registry and tag.')
param image string

@description('Empty: the image can be pulled by anybody.')
param registryServer string

@minValue(0)
param minimumReplicas int
@minValue(1)
@maxValue(1000)
param maximumReplicas int

@description('Calls that a replica has at once before another is started.')
@minValue(1)
param concurrentRequests int
param zoneRedundant bool

@description('Starts a replica for five minutes of each hour where there is none otherwise. Without replicas no timer runs: charges are on disk and are added up later, what has to be resent or has expired waits.')
param wakeHourly bool

// How often the rules below look at their queues. Each look at a queue is a paid operation, about a million a month in all.
var pollingSeconds = 10

// Delayed messages of these are not due yet, and would keep a replica running for hours if they counted.
var waiting = [for queue in ['work', 'work-poison']: { queue: queue, strategy: 'visibleonly', length: '8' }]
// A shard that is being worked on is invisible, and its replica is to stay. Four are worked on at once (batchSize of host.json).
var working = [for queue in ['shards']: { queue: queue, strategy: 'all', length: '4' }]

// Container Apps takes the address as the vault shows it: without a slash at its end.
var keys = concat(
  [{ setting: 'PERCALL_ADMIN_KEY', secret: 'operator-key', address: operatorKeyAddress }],
  previousKey ? [{ setting: 'PERCALL_ADMIN_KEY_PREVIOUS', secret: 'operator-key-previous', address: previousKeyAddress }] : []
)

var queueRules = map(concat(waiting, working), r => {
  name: r.queue
  custom: {
    type: 'azure-queue'
    identity: identityId
    metadata: {
      accountName: storageName
      queueName: r.queue
      queueLength: r.length
      queueLengthStrategy: r.strategy
    }
  }
})
// Event Grid's events of uploads, of which the host makes batches.
var uploadRule = {
  name: 'uploads'
  custom: {
    type: 'azure-queue'
    identity: identityId
    metadata: {
      accountName: storageName
      queueName: uploadQueue
      queueLength: '16'
      queueLengthStrategy: 'all'
    }
  }
}
var httpRule = {
  name: 'http'
  http: {
    metadata: {
      concurrentRequests: '${concurrentRequests}'
    }
  }
}
// The replica makes up for the timer's round of this quarter when it starts. In it the hour's journals are closed, too.
var hourlyRule = {
  name: 'hourly'
  custom: {
    type: 'cron'
    metadata: {
      timezone: 'Etc/UTC'
      start: '15 * * * *'
      end: '20 * * * *'
      desiredReplicas: '1'
    }
  }
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${name}'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: {
      // By the diagnostic setting below, which takes no key of the workspace.
      destination: 'azure-monitor'
    }
    vnetConfiguration: empty(subnetId) ? null : {
      infrastructureSubnetId: subnetId
      internal: false
    }
    zoneRedundant: zoneRedundant
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
  }
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: environment
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        allowInsecure: false
        targetPort: 8080
        transport: 'auto'
      }
      registries: empty(registryServer) ? [] : [{ server: registryServer, identity: identityId }]
      secrets: map(keys, k => { name: k.secret, keyVaultUrl: k.address, identity: identityId })
    }
    template: {
      // As the host's own shutdown takes at most 23 seconds.
      terminationGracePeriodSeconds: 30
      scale: {
        minReplicas: minimumReplicas
        maxReplicas: maximumReplicas
        // Without a replica, an upload waits this long at most for its event to be seen.
        pollingInterval: pollingSeconds
        rules: concat([httpRule, uploadRule], queueRules, wakeHourly ? [hourlyRule] : [])
      }
      containers: [
        {
          name: 'api'
          image: image
          resources: {
            cpu: json('1.0')
            memory: '2Gi'
          }
          env: concat(
            map(items(settings), s => { name: s.key, value: s.value }),
            [
              { name: 'ASPNETCORE_HTTP_PORTS', value: '8080' }
              // The rest of the log is sent to Application Insights. Here is also why a service does not start, which it writes by itself.
              { name: 'Logging__Console__LogLevel__Default', value: 'Error' }
            ],
            map(keys, k => { name: k.setting, secretRef: k.secret })
          )
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/live', port: 8080 }
              periodSeconds: 2
              failureThreshold: 60
            }
            {
              type: 'Liveness'
              httpGet: { path: '/health/live', port: 8080 }
              periodSeconds: 10
              failureThreshold: 6
            }
            {
              type: 'Readiness'
              httpGet: { path: '/health/ready', port: 8080 }
              periodSeconds: 5
              timeoutSeconds: 4
              failureThreshold: 3
            }
          ]
        }
      ]
    }
  }
}

output id string = app.id
output name string = app.name
output address string = 'https://${app.properties.configuration.ingress.fqdn}'
