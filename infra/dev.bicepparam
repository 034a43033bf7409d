using 'main.bicep'

// To try it: small, cheap, and nothing of it is missed when it is deleted.
param environmentName = 'dev'
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param operatorPrincipal = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param budgetStart = readEnvironmentVariable('PERCALL_BUDGET_START', '')
param monthlyBudget = 25
param maximumInstances = 5
param undoDays = 7
param deleteLock = false
param vaultPurgeProtection = false
