using 'main.bicep'

// For customers: keeps its data in three buildings, waits for nobody's first call, looks every five minutes. What differs from one
// deployment to another, or in the life of one, is in the environment; the workflow passes variables of the repository.
param environmentName = 'prod'
param host = readEnvironmentVariable('PERCALL_HOST', 'functions')
param image = readEnvironmentVariable('PERCALL_IMAGE', '')
param registryName = readEnvironmentVariable('PERCALL_REGISTRY', '')
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param operatorEmail2 = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL2', '')
param operatorsGroup = readEnvironmentVariable('PERCALL_OPERATORS_GROUP', '')
param operatorKeyPrevious = bool(readEnvironmentVariable('PERCALL_OPERATOR_KEY_PREVIOUS', 'false'))
// 0 for a subscription that is younger than two days.
param monthlyBudget = int(readEnvironmentVariable('PERCALL_MONTHLY_BUDGET', '400'))
param vaultPurgeProtection = true
param storageSku = 'Standard_ZRS'
param keptStorageSku = 'Standard_GZRS'
// Storage that only identities open, and customers reach by signed addresses.
param privateNetwork = 'open'
param alwaysReady = 1
param minimumReplicas = 1
param maximumInstances = 100
param undoDays = 30
param recordDays = 365
param recordLocked = bool(readEnvironmentVariable('PERCALL_RECORD_LOCKED', 'false'))
param logDays = 90
param dailyLogGigabytes = 5
param alertEvery = 'PT5M'
param alertErrorPercent = 2
// An instance is always ready, so the test wakes nothing.
param availabilityTest = true
