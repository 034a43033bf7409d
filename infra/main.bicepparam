using 'main.bicep'

// What azd passes: the values of its environment (`azd env set NAME value`).
var environment = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')

param environmentName = environment
param tags = { 'azd-env-name': environment }
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param operatorsGroup = readEnvironmentVariable('PERCALL_OPERATORS_GROUP', '')
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param operatorEmail2 = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL2', '')
param availabilityTest = bool(readEnvironmentVariable('PERCALL_AVAILABILITY_TEST', 'false'))
param operatorKeyPrevious = bool(readEnvironmentVariable('PERCALL_OPERATOR_KEY_PREVIOUS', 'false'))
param monthlyBudget = int(readEnvironmentVariable('PERCALL_MONTHLY_BUDGET', '0'))
param stopAtBudget = bool(readEnvironmentVariable('PERCALL_STOP_AT_BUDGET', 'false'))
param storageSku = readEnvironmentVariable('PERCALL_STORAGE_SKU', 'Standard_LRS')
param keptStorageSku = readEnvironmentVariable('PERCALL_KEPT_STORAGE_SKU', 'Standard_LRS')
param recordDays = int(readEnvironmentVariable('PERCALL_RECORD_DAYS', '0'))
param recordLocked = bool(readEnvironmentVariable('PERCALL_RECORD_LOCKED', 'false'))
param deleteLock = bool(readEnvironmentVariable('PERCALL_DELETE_LOCK', 'true'))
param privateNetwork = readEnvironmentVariable('PERCALL_PRIVATE_NETWORK', 'open')
param fixedAddress = bool(readEnvironmentVariable('PERCALL_FIXED_ADDRESS', 'false'))
param openAi = bool(readEnvironmentVariable('PERCALL_OPENAI', 'false'))
param instanceMemory = { '512': 512, '2048': 2048, '4096': 4096 }[readEnvironmentVariable('PERCALL_INSTANCE_MEMORY', '2048')]
param maximumInstances = int(readEnvironmentVariable('PERCALL_MAXIMUM_INSTANCES', '40'))
param siteUpdate = readEnvironmentVariable('PERCALL_SITE_UPDATE', 'Recreate')
param zoneRedundant = bool(readEnvironmentVariable('PERCALL_ZONE_REDUNDANT', 'false'))
param alwaysReady = int(readEnvironmentVariable('PERCALL_ALWAYS_READY', '0'))
param httpConcurrency = int(readEnvironmentVariable('PERCALL_HTTP_CONCURRENCY', '8'))
param vaultPurgeProtection = bool(readEnvironmentVariable('PERCALL_PURGE_PROTECTION', 'false'))
param hostRoles = readEnvironmentVariable('PERCALL_HOST_ROLES', 'container')
