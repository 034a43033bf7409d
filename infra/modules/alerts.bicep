import { queueLength, queueDimension, oldestJob, journalLag } from '../metrics.bicep'

param name string
param location string
param tags { *: string }
param workspaceId string
param email string

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

resource operator 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'percall'
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

// The names of the columns are those of the workspace; each query gives a column "value" that is held against the threshold.
var rules = [
  {
    name: 'errors'
    title: 'Answers with status 500 or above, in percent'
    severity: 1
    // A single failure among three calls of the night is no rate.
    query: 'AppRequests | summarize failed = sumif(ItemCount, toint(ResultCode) >= 500), total = sum(ItemCount) | where total >= 20 | project value = 100.0 * failed / total'
    threshold: errorPercent
    dimensions: []
  }
  {
    name: 'poison'
    title: 'Messages that were given up'
    severity: 2
    query: 'AppMetrics | where Name == "${queueLength}" | extend queue = tostring(Properties["${queueDimension}"]) | where queue contains "poison" | summarize value = max(Max) by queue'
    threshold: 0
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
    threshold: oldestJobHours * 3600
    dimensions: []
  }
  {
    name: 'journal-lag'
    title: 'Seconds that the sums of usage are behind the journal'
    severity: 2
    query: 'AppMetrics | where Name == "${journalLag}" | summarize value = min(Min)'
    threshold: journalLagMinutes * 60
    dimensions: []
  }
]

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
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
      windowSize: 'PT15M'
      autoMitigate: true
      // Before the first start the workspace has neither the tables nor the metrics.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'value'
            operator: 'GreaterThan'
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

output actionGroupId string = operator.id
