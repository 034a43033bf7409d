import { responses, classDimension, choreRounds, queueLength, queueDimension, oldestJob, journalLag } from '../metrics.bicep'

param name string
param location string
param tags { *: string }
param workspaceId string

@description('The first one must be set; empty ones are left out.')
param emails string[]

@description('How often is looked. An alert costs by that: at five minutes three times as much as at fifteen.')
@allowed(['PT5M', 'PT15M'])
param every string

@description('Of all answers, those that are the service\'s fault.')
@minValue(1)
@maxValue(100)
param errorPercent int
@minValue(1)
param oldestJobHours int
@minValue(1)
param journalLagMinutes int

@description('The workspace\'s daily cap.')
@minValue(1)
param dailyGigabytes int

@description('How long the chores may be silent. Idle they run each 15 minutes, or in a replica that is started each hour. Empty: nothing starts them, and nobody waits for them.')
@allowed(['', 'PT1H', 'PT2H'])
param silence string

@description('The function app or the container app, whichever there is.')
param appId string
param isFunctions bool
param storageIds string[]
param vaultId string

resource operator 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'percall'
    emailReceivers: map(filter(emails, e => !empty(e)), (e, i) => {
      name: i == 0 ? 'operator' : 'operator${i + 1}'
      emailAddress: e
      useCommonAlertSchema: true
    })
  }
}

// The names of the columns are those of the workspace; each query gives a column "value" that is held against the threshold.
var always = [
  {
    name: 'errors'
    title: 'Answers with status 500 or above, in percent'
    severity: 1
    // A counter of the service's own: HTTP alone, and each answer whether or not its trace was kept. A single failure among three calls of the night is no rate.
    query: 'AppMetrics | where Name == "${responses}" | extend class = tostring(Properties["${classDimension}"]) | summarize failed = sumif(Sum, class == "5xx"), total = sum(Sum) | where total >= 20 | project value = 100.0 * failed / total'
    operator: 'GreaterThan'
    threshold: errorPercent
    window: 'PT15M'
    dimensions: []
  }
  {
    name: 'poison'
    title: 'Messages that were given up'
    severity: 2
    query: 'AppMetrics | where Name == "${queueLength}" | extend queue = tostring(Properties["${queueDimension}"]) | where queue contains "poison" | summarize value = max(Max) by queue'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    dimensions: [
      {
        name: 'queue'
        operator: 'Include'
        values: ['*']
      }
    ]
  }
  {
    name: 'oldest-job'
    title: 'Age of the oldest open batch, in seconds'
    severity: 2
    query: 'AppMetrics | where Name == "${oldestJob}" | summarize value = max(Max)'
    operator: 'GreaterThan'
    threshold: oldestJobHours * 3600
    window: 'PT1H'
    dimensions: []
  }
  {
    name: 'journal-lag'
    title: 'Seconds that the sums of usage are behind the journal'
    severity: 2
    query: 'AppMetrics | where Name == "${journalLag}" | summarize value = min(Min)'
    operator: 'GreaterThan'
    threshold: journalLagMinutes * 60
    window: 'PT1H'
    dimensions: []
  }
  {
    name: 'log-cap'
    title: 'The workspace has reached its daily cap and takes nothing more today'
    severity: 1
    // Of the workspace itself: not billed, and taken in beyond the cap.
    query: '_LogOperation | where Category =~ "Ingestion" | where Detail contains "OverQuota" | summarize value = count()'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    dimensions: []
  }
  {
    name: 'log-cap-near'
    title: 'Megabytes of logs in 24 hours, near the daily cap'
    severity: 2
    // Quantity is in megabytes, of which the cap's gigabyte has a thousand. The hour at which the day begins is the workspace's own, so any 24 hours count.
    query: 'Usage | where IsBillable | summarize value = sum(Quantity)'
    operator: 'GreaterThan'
    threshold: dailyGigabytes * 800
    window: 'P1D'
    dimensions: []
  }
]

// A count without "by" is a row with 0 where nothing has come.
var absent = [
  for what in [
    { name: 'chores', title: 'Rounds of the chores', metric: choreRounds }
    { name: 'roll-up', title: 'Reports of the roll-up of usage', metric: journalLag }
    { name: 'job-watch', title: 'Reports of the watch over batches', metric: oldestJob }
  ]: {
    name: 'no-${what.name}'
    title: '${what.title}: none has come'
    severity: 1
    query: 'AppMetrics | where Name == "${what.metric}" | summarize value = count()'
    operator: 'LessThan'
    threshold: 1
    window: silence
    dimensions: []
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in concat(always, empty(silence) ? [] : absent): {
    name: 'alert-${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'PerCall: ${rule.title}'
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: every
      windowSize: rule.window
      autoMitigate: true
      // Before the first start the workspace has neither the tables nor the metrics.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'value'
            operator: rule.operator
            threshold: rule.threshold
            dimensions: rule.dimensions
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [operator.id]
      }
    }
  }
]

// Of the platform, which measures without the service and without logs.
var hostMetrics = isFunctions
  ? [
      {
        name: 'http-5xx'
        title: 'Answers with status 500 or above, as the platform counts them'
        severity: 1
        scope: appId
        space: 'Microsoft.Web/sites'
        metric: 'Http5xx'
        aggregation: 'Total'
        operator: 'GreaterThan'
        threshold: 20
        dimensions: []
      }
    ]
  : [
      {
        name: 'http-5xx'
        title: 'Answers with status 500 or above, as the platform counts them'
        severity: 1
        scope: appId
        space: 'Microsoft.App/containerapps'
        metric: 'Requests'
        aggregation: 'Total'
        operator: 'GreaterThan'
        threshold: 20
        dimensions: [{ name: 'statusCodeCategory', operator: 'Include', values: ['5xx'] }]
      }
      {
        name: 'restarts'
        title: 'Restarts of a replica'
        severity: 2
        scope: appId
        space: 'Microsoft.App/containerapps'
        metric: 'RestartCount'
        aggregation: 'Maximum'
        operator: 'GreaterThan'
        threshold: 3
        dimensions: []
      }
    ]
var storageMetrics = [
  for (id, i) in storageIds: {
    name: 'storage-${i}'
    title: 'Availability of the storage account, in percent'
    severity: 1
    scope: id
    space: 'Microsoft.Storage/storageAccounts'
    metric: 'Availability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
    dimensions: []
  }
]
var vaultMetrics = [
  {
    name: 'vault'
    title: 'Availability of the key vault, in percent'
    severity: 2
    scope: vaultId
    space: 'Microsoft.KeyVault/vaults'
    metric: 'Availability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
    dimensions: []
  }
]

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in concat(hostMetrics, storageMetrics, vaultMetrics): {
    name: 'alert-${name}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: 'PerCall: ${rule.title}'
      severity: rule.severity
      enabled: true
      scopes: [rule.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricNamespace: rule.space
            metricName: rule.metric
            timeAggregation: rule.aggregation
            operator: rule.operator
            threshold: rule.threshold
            dimensions: rule.dimensions
            // A resource that has not been used yet has no values.
            skipMetricValidation: true
          }
        ]
      }
      actions: [{ actionGroupId: operator.id }]
    }
  }
]

output actionGroupId string = operator.id
output actionGroupName string = operator.name
