using 'main.bicep'

// For customers: keeps its data in three buildings, waits for nobody's first call, looks every five minutes.
param environmentName = 'prod'
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param operatorsGroup = readEnvironmentVariable('PERCALL_OPERATORS_GROUP', '')
param monthlyBudget = 400
param vaultPurgeProtection = true
param storageSku = 'Standard_ZRS'
param privateNetwork = 'closed'
param alwaysReady = 1
param maximumInstances = 100
param undoDays = 30
param recordDays = 365
param logDays = 90
param dailyLogGigabytes = 5
param alertEvery = 'PT5M'
param alertErrorPercent = 2
