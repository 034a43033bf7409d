using 'main.bicep'

// For customers: survives a building, waits for nobody's first call, looks every five minutes.
param environmentName = 'prod'
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param operatorPrincipal = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param operatorPrincipalType = 'Group'
param budgetStart = readEnvironmentVariable('PERCALL_BUDGET_START', '2026-11-01')
param monthlyBudget = 400
param storageSku = 'Standard_ZRS'
param privateNetwork = true
param alwaysReady = 1
param maximumInstances = 100
param undoDays = 30
param logDays = 90
param dailyLogGigabytes = 5
param alertEvery = 'PT5M'
param alertErrorPercent = 2
