@description('Of this resource group.')
param name string

@description('For a month, in the subscription\'s currency.')
@minValue(1)
param amount int

@description('The first of the month of the first deployment; Azure takes no other later.')
param start string
param email string
param actionGroupId string

var steps = [
  { type: 'Actual', percent: 50 }
  { type: 'Actual', percent: 80 }
  { type: 'Actual', percent: 100 }
  { type: 'Forecasted', percent: 120 }
]

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: start
    }
    notifications: toObject(steps, s => '${toLower(s.type)}-${s.percent}', s => {
      enabled: true
      operator: 'GreaterThanOrEqualTo'
      threshold: s.percent
      thresholdType: s.type
      contactEmails: [email]
      contactGroups: [actionGroupId]
    })
  }
}
