@description('Of this resource group.')
param name string

@description('For a month, in the subscription\'s currency.')
@minValue(1)
param amount int

@description('The first of this month. Azure takes no other later, so what exists is left alone.')
param start string
param email string
param actionGroupId string

@description('Whether the app is stopped when the amount is spent, by the group whose id follows.')
param stops bool
param stopGroupId string

var steps = [
  { type: 'Actual', percent: 50 }
  { type: 'Actual', percent: 80 }
  { type: 'Actual', percent: 100 }
  { type: 'Forecasted', percent: 120 }
]

@onlyIfNotExists()
resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'budget-${name}'
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

// Of its own, so that it can be switched on after the budget was made.
@onlyIfNotExists()
resource stop 'Microsoft.Consumption/budgets@2024-08-01' = if (stops) {
  name: 'budget-stop-${name}'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: start
    }
    notifications: {
      stop: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Actual'
        contactEmails: [email]
        contactGroups: [stopGroupId]
      }
    }
  }
}
