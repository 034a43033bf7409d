param name string
param location string
param tags { *: string }
param insightsName string
param address string
param actionGroupId string

// Of the public cloud. Each asks once in fifteen minutes; that is 8,760 tests a month, each of which starts an instance where none runs.
var places = ['emea-nl-ams-azr', 'emea-gb-db3-azr', 'us-va-ash-azr']

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource test 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'ready-${name}'
  location: location
  // By which the portal finds the resource that it belongs to.
  tags: union(tags, { 'hidden-link:${insights.id}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'ready-${name}'
    Name: 'PerCall: /health/ready'
    Kind: 'standard'
    Enabled: true
    Frequency: 900
    // A start from nothing takes seconds.
    Timeout: 60
    RetryEnabled: true
    Locations: [for place in places: { Id: place }]
    Request: {
      RequestUrl: '${address}/health/ready'
      HttpVerb: 'GET'
      FollowRedirects: false
      ParseDependentRequests: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-ready'
  location: 'global'
  tags: tags
  properties: {
    description: 'PerCall: /health/ready does not answer 200 to two of three places'
    severity: 0
    enabled: true
    scopes: [test.id, insights.id]
    evaluationFrequency: 'PT5M'
    // Each place has asked at least once by then.
    windowSize: 'PT30M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: test.id
      componentId: insights.id
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}
