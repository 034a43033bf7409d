using 'main.bicep'

// To try it: cheap while nobody calls, and nothing of it is missed when it is deleted.
param environmentName = 'dev'
param operatorEmail = readEnvironmentVariable('PERCALL_OPERATOR_EMAIL', 'operator@example.com')
param monthlyBudget = int(readEnvironmentVariable('PERCALL_MONTHLY_BUDGET', '0'))
param undoDays = 7
param deleteLock = false
