using 'main.bicep'

// For customers: keeps its data in three buildings, waits for nobody's first call, looks every five minutes.
param environmentName = 'prod'
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param operatorEmail2 = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL2', '')
param operatorsGroup = readEnvironmentVariable('PERCALL_OPERATORS_GROUP', '')
param monthlyBudget = 400
param vaultPurgeProtection = true
param storageSku = 'Standard_ZRS'
param keptStorageSku = 'Standard_GZRS'
// Storage that only identities open, and customers reach by signed addresses.
param privateNetwork = 'open'
param alwaysReady = 1
param maximumInstances = 100
param undoDays = 30
param recordDays = 365
param logDays = 90
param dailyLogGigabytes = 5
param alertEvery = 'PT5M'
param alertErrorPercent = 2
// An instance is always ready, so the test wakes nothing.
param availabilityTest = true
